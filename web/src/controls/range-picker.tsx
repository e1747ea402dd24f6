import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { addDays, countDays, type DayRange, isDay, type Preset, presets, shift } from "../model/days";
import { presetName } from "../text/presets";
import { formatDays } from "../text/time";
import { Popover } from "./popover";

interface Props {
  /** The days that are shown. */
  days: DayRange;
  /** How they were picked. */
  picked: DayRange | Preset | undefined;
  /** The days that the page proposes. */
  example: DayRange | undefined;
  onPick: (range: DayRange | Preset | undefined) => void;
}

/** The period: a preset, or two days. What people see ends with a day that is in it. */
export function RangePicker({ days, picked, example, onPick }: Props) {
  const { language, say, rtl } = useSurroundings();
  return (
    <div class="joined">
      <button type="button" class="control icon-only" aria-label={say("earlier")} title={say("earlier")} onClick={() => onPick(shift(days, -1))}>
        <Icon name={rtl ? "right" : "left"} />
      </button>
      <Popover
        button={
          <>
            <Icon name="calendar" />
            <span class="hidden">{say("range")}: </span>
            <span class="number">{typeof picked === "string" ? presetName(picked, language) : formatDays(days.from, addDays(days.to, -1), language)}</span>
          </>
        }
      >
        {(close) => (
          <Panel
            days={days}
            picked={picked}
            example={example}
            onPick={(range) => {
              onPick(range);
              close();
            }}
          />
        )}
      </Popover>
      <button type="button" class="control icon-only" aria-label={say("later")} title={say("later")} onClick={() => onPick(shift(days, 1))}>
        <Icon name={rtl ? "left" : "right"} />
      </button>
    </div>
  );
}

function Panel({ days, picked, example, onPick }: Props) {
  const { language, say } = useSurroundings();
  const [from, setFrom] = useState(days.from);
  const [through, setThrough] = useState(addDays(days.to, -1));
  const good = isDay(from) && isDay(through) && from <= through;
  return (
    <div class="range-panel">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (good) onPick({ from, to: addDays(through, 1) });
        }}
      >
        <label>
          {say("from")}
          <input type="date" data-first required value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
        </label>
        <label>
          {say("to")}
          <input type="date" required value={through} onInput={(e) => setThrough(e.currentTarget.value)} aria-invalid={!good} />
        </label>
        {good ? (
          <p class="muted number">
            {countDays(from, through) + 1} {say("days")}
          </p>
        ) : (
          <p class="problem" role="alert">
            {say("badRange")}
          </p>
        )}
        <button type="submit" class="control primary" disabled={!good}>
          {say("apply")}
        </button>
      </form>
      <ul class="presets">
        {example && (
          <li>
            <button type="button" class="item" aria-pressed={picked === undefined} onClick={() => onPick(undefined)}>
              {say("example")}
            </button>
          </li>
        )}
        {presets.map((p) => (
          <li key={p}>
            <button type="button" class="item" aria-pressed={picked === p} onClick={() => onPick(p)}>
              {presetName(p, language)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
