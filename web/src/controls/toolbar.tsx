import type { PageInfo, Session } from "@go-dispatcher/client";
import { useEffect, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import type { Answer } from "../model/answer";
import { addDays } from "../model/days";
import { comparisonOf, rangeOf, zoneOf } from "../model/request";
import type { View } from "../model/view";
import { formatAge, formatDays, formatTime } from "../text/time";
import { ComparisonPicker } from "./comparison-picker";
import { Filters } from "./filters";
import { RangePicker } from "./range-picker";
import { RefreshPicker, Settings } from "./settings";
import { ZonePicker } from "./zone-picker";

interface Props {
  title: string;
  description: string | undefined;
  page: PageInfo | undefined;
  view: View;
  answer: Answer;
  session: Session | undefined;
  onChange: (change: Partial<View>) => void;
  onMenu: () => void;
  onReload: () => void;
  onReport: () => void;
  onCopy: () => void;
  onSignOut: () => void;
}

/** The page's name and all that decides what it shows. */
export function Toolbar({ title, description, page, view, answer, session, onChange, onMenu, onReload, onReport, onCopy, onSignOut }: Props) {
  const { say } = useSurroundings();
  const own = comparisonOf(page);
  return (
    <header class="toolbar">
      <div class="toolbar-title">
        <button type="button" class="control icon-only menu-button" aria-label={say("pages")} onClick={onMenu}>
          <Icon name="list" />
        </button>
        <div>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {description && <p class="muted">{description}</p>}
        </div>
        <Freshness answer={answer} />
      </div>
      {page && <OnPaper page={page} view={view} answer={answer} />}
      {page && (
        <div class="controls">
          <RangePicker
            days={rangeOf(view, page, Date.now())}
            picked={view.range}
            example={page.time?.example ? rangeOf({ ...view, range: undefined }, page, 0) : undefined}
            onPick={(range) => onChange({ range })}
          />
          <ZonePicker zone={zoneOf(view, page)} own={page.time?.zone ?? "UTC"} onPick={(zone) => onChange({ zone })} />
          {own !== "none" && (
            <ComparisonPicker shown={view.compare ?? own} onPick={(compare) => onChange({ compare: compare === own ? undefined : compare })} />
          )}
          <RefreshPicker view={view} onChange={(refresh) => onChange({ refresh })} />
          <button type="button" class="control icon-only" aria-label={say("reload")} title={say("reload")} onClick={onReload}>
            <Icon name="refresh" />
          </button>
          <Settings view={view} session={session} onChange={onChange} onReport={onReport} onCopy={onCopy} onSignOut={onSignOut} />
        </div>
      )}
      {page && <Filters page={page} view={view} onChange={(filters) => onChange({ filters })} />}
    </header>
  );
}

/** What is shown, for paper: controls are not printed, and what they say has to be. */
function OnPaper({ page, view, answer }: Pick<Props, "view" | "answer"> & { page: PageInfo }) {
  const { say, language } = useSurroundings();
  const days = rangeOf(view, page, Date.now());
  const zone = zoneOf(view, page);
  const own = comparisonOf(page);
  const heard = answer.heard.value;
  const parts = [formatDays(days.from, addDays(days.to, -1), language), zone];
  if (own !== "none") parts.push(say(view.compare ?? own));
  if (heard) parts.push(say("updated", { when: formatTime(heard, zone, language) }));
  return <p class="on-paper">{parts.join(" · ")}</p>;
}

/** How long ago the server was last heard. */
function Freshness({ answer }: { answer: Answer }) {
  const { say, language } = useSurroundings();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  const heard = answer.heard.value;
  if (!heard) return null;
  return <p class="muted freshness">{say("updated", { when: formatAge(Math.floor((Date.now() - heard) / 10_000) * 10, language) })}</p>;
}
