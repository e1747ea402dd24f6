import type { Session } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { refreshes, type View } from "../model/view";
import { Popover } from "./popover";

interface Props {
  view: View;
  session: Session | undefined;
  onChange: (change: Partial<View>) => void;
  onSignOut: () => void;
  onReport: () => void;
  onCopy: () => void;
}

/** What is set once in a while: appearance, language, printing, leaving. */
export function Settings({ view, session, onChange, onSignOut, onReport, onCopy }: Props) {
  const { say } = useSurroundings();
  return (
    <Popover align="end" label={say("settings")} buttonClass="control icon-only" button={<Icon name="gear" />}>
      {(close) => {
        const then = (act: () => void) => () => {
          close();
          act();
        };
        return (
          <div class="menu">
            <fieldset>
              <legend>{say("theme")}</legend>
              <div class="joined">
                {(["system", "light", "dark"] as const).map((theme) => (
                  <button key={theme} type="button" class="control small" aria-pressed={view.theme === theme} onClick={() => onChange({ theme })}>
                    {say(theme)}
                  </button>
                ))}
              </div>
            </fieldset>
            {session?.trusted && (
              <label class="item">
                {say("tenant")}
                <input
                  class="grow"
                  value={view.tenant ?? ""}
                  pattern="[A-Za-z0-9_.:\-]{1,64}"
                  onChange={(e) => e.currentTarget.value && e.currentTarget.checkValidity() && onChange({ tenant: e.currentTarget.value })}
                />
              </label>
            )}
            <button
              type="button"
              class="item"
              lang={view.language === "ar" ? "en" : "ar"}
              onClick={() => onChange({ language: view.language === "ar" ? "en" : "ar" })}
            >
              <Icon name="globe" />
              {say("language")}
            </button>
            <button type="button" class="item" onClick={then(onCopy)}>
              <Icon name="link" />
              {say("copyLink")}
            </button>
            <button type="button" class="item" onClick={then(() => window.print())}>
              <Icon name="print" />
              {say("print")}
            </button>
            <button type="button" class="item" onClick={then(onReport)}>
              <Icon name="file" />
              {say("report")}
            </button>
            {session?.expires_at && (
              <button type="button" class="item" onClick={then(onSignOut)}>
                <Icon name="close" />
                {say("signOut")}
              </button>
            )}
          </div>
        );
      }}
    </Popover>
  );
}

/** How often the page is answered anew. */
export function RefreshPicker({ view, onChange }: { view: View; onChange: (seconds: number) => void }) {
  const { say } = useSurroundings();
  const name = (n: number) => (n === 0 ? say("off") : n < 60 ? say("everySeconds", { n }) : say("everyMinutes", { n: n / 60 }));
  return (
    <label class="control select">
      <span class={view.refresh > 0 ? "pulse" : "pulse off"} />
      <span class="hidden">{say("refresh")}</span>
      <select value={String(view.refresh)} onChange={(e) => onChange(Number(e.currentTarget.value))}>
        {refreshes.map((n) => (
          <option key={n} value={String(n)}>
            {n === 0 ? `${say("refresh")}: ${name(n)}` : name(n)}
          </option>
        ))}
      </select>
    </label>
  );
}
