import type { FilterInfo, PageInfo } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { emptyFilter, type Filter, type FilterKind, isNumber, kindsOf } from "../model/filter";
import type { View } from "../model/view";
import { FilterTexts, FilterValues } from "./filter-values";

interface Props {
  info: FilterInfo;
  page: PageInfo;
  view: View;
  filter: Filter;
  onChange: (filter: Filter) => void;
}

/** What a member is asked for: some of its values, all others, a part of its text, or a range of its numbers. */
export function FilterCondition({ info, page, view, filter, onChange }: Props) {
  const { say } = useSurroundings();
  // The kind that is looked at: a filter that is set stays what it is until something is chosen.
  const [kind, setKind] = useState<FilterKind>(filter.kind);
  const kinds = kindsOf(info);
  const choose = (next: FilterKind) => {
    setKind(next);
    const values = filter.kind === "range" ? [] : filter.values;
    onChange(next === "range" ? emptyFilter(next) : { kind: next, values });
  };
  const chosen = filter.kind === kind && filter.kind !== "range" ? filter.values : [];
  return (
    <div class="pick-panel">
      <h2 class="pick-title">{info.label}</h2>
      {kinds.length > 1 && (
        <select aria-label={`${say("condition")}: ${info.label}`} value={kind} onChange={(e) => choose(e.currentTarget.value as FilterKind)}>
          {kinds.map((k) => (
            <option key={k} value={k}>
              {say(`filter_${k}`)}
            </option>
          ))}
        </select>
      )}
      {kind === "range" ? (
        <Range from={filter.kind === "range" ? filter.from : ""} to={filter.kind === "range" ? filter.to : ""} onChange={onChange} />
      ) : kind === "contains" ? (
        <FilterTexts filter={info} chosen={chosen} onChange={(values) => onChange({ kind, values })} />
      ) : (
        <FilterValues filter={info} page={page} view={view} chosen={chosen} onChange={(values) => onChange({ kind, values })} />
      )}
    </div>
  );
}

/** Both ends of a range, which belong to it. */
function Range({ from, to, onChange }: { from: string; to: string; onChange: (filter: Filter) => void }) {
  const { say } = useSurroundings();
  const [least, setLeast] = useState(from);
  const [most, setMost] = useState(to);
  const good = [least, most].every((text) => text === "" || isNumber(text)) && !(isNumber(least) && isNumber(most) && Number(least) > Number(most));
  return (
    <form
      class="number-range"
      onSubmit={(e) => {
        e.preventDefault();
        if (good) onChange({ kind: "range", from: least, to: most });
      }}
    >
      <label>
        {say("atLeast")}
        <input inputMode="decimal" data-first value={least} aria-invalid={!good} onInput={(e) => setLeast(e.currentTarget.value.trim())} />
      </label>
      <label>
        {say("atMost")}
        <input inputMode="decimal" value={most} aria-invalid={!good} onInput={(e) => setMost(e.currentTarget.value.trim())} />
      </label>
      {!good && (
        <p class="problem" role="alert">
          {say("badNumbers")}
        </p>
      )}
      <button type="submit" class="control primary wide" disabled={!good || (least === "" && most === "")}>
        {say("apply")}
      </button>
    </form>
  );
}
