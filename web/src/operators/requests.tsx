import { ProblemError } from "@go-dispatcher/client";
import { formatNumber } from "../text/number";
import type { Admin, Percentiles, Recent } from "./api";
import { Card, Rows, Trouble } from "./parts";
import { usePoll } from "./poll";

/** Redis's clock tells milliseconds: of what takes less it is known only that. */
const took = (ms: number | null) => (ms === null ? "–" : ms < 1 ? "< 1 ms" : formatNumber(ms, { unit: "ms" }, "en"));

const steps = [
  ["first_widget", "First widget", "from submission to the first widget in Redis"],
  ["complete", "Page complete", "from submission to the closing message in Redis"],
  ["sent", "Redis to browser", "from the first widget in Redis to its having been written to the client"],
] as const;

/** How long requests took that came over HTTP, in percentiles. */
export function LatencyOfRequests({ admin }: { admin: Admin }) {
  const { value, error } = usePoll(admin.latency, 10_000);
  const rows = steps.map(([key, name, about]) => ({ name, about, of: value?.[key] as Percentiles | undefined }));
  return (
    <Card title="Latency" wide>
      <Trouble error={error} />
      <p class="muted">Of requests that came over HTTP and that somebody followed to their end.</p>
      <Rows
        caption={value ? `Latency over the last ${formatNumber(value.over_seconds, { unit: "s" }, "en")}` : "Latency"}
        none="…"
        rows={value ? rows : []}
        columns={[
          { head: "Step", cell: (r) => r.name },
          { head: "Which is", cell: (r) => <span class="muted">{r.about}</span> },
          { head: "p50", number: true, cell: (r) => took(r.of?.p50_ms ?? null) },
          { head: "p95", number: true, cell: (r) => took(r.of?.p95_ms ?? null) },
          { head: "p99", number: true, cell: (r) => took(r.of?.p99_ms ?? null) },
          { head: "Requests", number: true, cell: (r) => formatNumber(r.of?.count ?? 0, {}, "en") },
        ]}
      />
    </Card>
  );
}

/** Requests of late, each with the moments of its way from Redis to the browser. */
export function RecentRequests({ admin }: { admin: Admin }) {
  const { value, error } = usePoll(admin.requests, 10_000);
  if (error instanceof ProblemError && error.status === 404) return null;
  return (
    <Card title="Recent requests" wide>
      <Trouble error={error} />
      <Rows
        caption="Recent requests"
        none="There are none."
        rows={value ?? []}
        columns={[
          { head: "Request", cell: (r) => <code>{r.request_id}</code> },
          { head: "Page", cell: (r) => r.page ?? r.event ?? "" },
          { head: "State", cell: (r) => r.status ?? "" },
          { head: "Way", cell: (r) => <Way moments={r.timeline ?? []} /> },
        ]}
      />
    </Card>
  );
}

type Moment = NonNullable<Recent["timeline"]>[number];

const named: Record<string, string> = { first_sent: "first widget sent", complete_sent: "complete sent" };

/** The moments as ticks on a line as long as the request took, and as words. */
function Way({ moments }: { moments: Moment[] }) {
  const times = moments.map((m) => Date.parse(m.at));
  const start = times[0] ?? 0;
  const span = Math.max(1, (times.at(-1) ?? start) - start);
  const at = (what: string) => {
    const i = moments.findIndex((m) => m.what === what);
    return i < 0 ? undefined : ((times[i] ?? start) - start) / span;
  };
  const started = at("started") ?? 0;
  const computed = at("complete") ?? 1;
  const widgets = moments.map((m, i) => ({ ...m, share: ((times[i] ?? start) - start) / span })).filter((m) => !own.has(m.what));
  const sent = ["first_sent", "complete_sent"].flatMap((what) => at(what) ?? []);
  const percent = (share: number) => `${share * 100}%`;
  return (
    <div class="way">
      <div class="way-line" aria-hidden="true">
        <span class="way-run" style={{ insetInlineStart: percent(started), inlineSize: percent(Math.max(0, computed - started)) }} />
        {widgets.map((w) => (
          <span key={w.what} class="way-tick" title={w.what} style={{ insetInlineStart: percent(w.share) }} />
        ))}
        {sent.map((share, i) => (
          <span key={String(i)} class="way-sent" style={{ insetInlineStart: percent(share) }} />
        ))}
      </div>
      <ol>
        {moments.map((m, i) => {
          const since = (times[i] ?? start) - start;
          return (
            <li key={m.what + m.at}>
              {named[m.what] ?? m.what} {since > 0 && <b class="number">+{took(since)}</b>}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** Moments that are no widgets. */
const own = new Set(["submitted", "started", "complete", "first_sent", "complete_sent"]);
