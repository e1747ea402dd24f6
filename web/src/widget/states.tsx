import { useSurroundings } from "../context";
import { Icon } from "../icon";

/** The outline of what is awaited. */
export function Skeleton({ kind }: { kind: string }) {
  const lines = kind === "stat" ? 2 : ["table", "feed", "breakdown", "tree"].includes(kind) ? 8 : 1;
  return (
    <div class={`skeleton ${lines === 1 ? "block" : ""}`} aria-hidden="true">
      {Array.from({ length: lines }, (_, i) => (
        <span key={String(i)} style={{ inlineSize: `${100 - ((i * 37) % 55)}%` }} />
      ))}
    </div>
  );
}

export function Empty() {
  const { say } = useSurroundings();
  return (
    <div class="state">
      <p>{say("empty")}</p>
      <p class="muted">{say("emptyHint")}</p>
    </div>
  );
}

const passing = /timeout|unavailable|throttled|busy|not_reached|not_answered|cancelled|superseded|expired|overload/;
const tooMuch = /limit|too_large|too_many|overflow/;

/** What went wrong with a widget, and what to do about it. */
export function Failure({ code, message, onRetry }: { code: string; message: string; onRetry: () => void }) {
  const { say } = useSurroundings();
  return (
    <div class="state failure" role="note">
      <Icon name="warn" />
      <p>
        <b>{say("failed")}</b>
      </p>
      <p>{message || (code === "not_answered" ? say("notAnswered") : "")}</p>
      <p class="muted">{tooMuch.test(code) ? say("limitHint") : passing.test(code) ? say("retryHint") : say("askHint", { code })}</p>
      <button type="button" class="control" onClick={onRetry}>
        {say("retry")}
      </button>
    </div>
  );
}
