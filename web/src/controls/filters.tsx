import type { FilterInfo, PageInfo } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { emptyFilter, type Filter, isEmpty, kindsOf, summaryOf } from "../model/filter";
import type { View } from "../model/view";
import { FilterCondition } from "./filter-condition";
import { Popover } from "./popover";

interface Props {
  page: PageInfo;
  view: View;
  onChange: (filters: View["filters"]) => void;
}

/** The filters that are set, each with what it asks for, and the way to further ones. */
export function Filters({ page, view, onChange }: Props) {
  const { say } = useSurroundings();
  const filters = (page.filters ?? []).filter((f) => f.type !== "time");
  const set = filters.flatMap((info) => {
    const filter = view.filters[info.name];
    return filter ? [{ info, filter }] : [];
  });
  const change = (name: string, filter: Filter | undefined) => {
    const next = { ...view.filters };
    if (filter && !isEmpty(filter)) next[name] = filter;
    else delete next[name];
    onChange(next);
  };
  if (filters.length === 0) return null;
  return (
    <div class="filters" role="group" aria-label={say("filters")}>
      {set.map(({ info, filter }) => (
        <span key={info.name} class="joined filter-set">
          <Popover
            button={
              <>
                <span class="muted">{info.label}</span> <bdi>{summaryOf(filter)}</bdi>
              </>
            }
          >
            {() => (
              <FilterCondition
                info={info}
                page={page}
                view={view}
                filter={filter}
                onChange={(next) => (isEmpty(next) && next.kind !== filter.kind) || change(info.name, next)}
              />
            )}
          </Popover>
          <button type="button" class="control icon-only" aria-label={`${say("remove")}: ${info.label}`} onClick={() => change(info.name, undefined)}>
            <Icon name="close" />
          </button>
        </span>
      ))}
      <Popover
        button={
          <>
            <Icon name="filter" />
            {say(set.length > 0 ? "addFilter" : "filters")}
          </>
        }
      >
        {(close) => (
          <Add
            filters={filters.filter((f) => !set.some((s) => s.info === f))}
            page={page}
            view={view}
            onChange={(name, filter) => {
              close();
              change(name, filter);
            }}
          />
        )}
      </Popover>
      {set.length > 1 && (
        <button type="button" class="control plain" onClick={() => onChange({})}>
          {say("clearFilters")}
        </button>
      )}
    </div>
  );
}

interface AddProps {
  filters: FilterInfo[];
  page: PageInfo;
  view: View;
  onChange: (name: string, filter: Filter) => void;
}

function Add({ filters, page, view, onChange }: AddProps) {
  const [chosen, setChosen] = useState<FilterInfo | undefined>(undefined);
  const [pending, setPending] = useState<Filter>(emptyFilter("in"));
  const { say, rtl } = useSurroundings();
  if (!chosen) {
    return (
      <ul class="pick-panel">
        {filters.map((f) => (
          <li key={f.name}>
            <button
              type="button"
              class="item spread"
              onClick={() => {
                setPending(emptyFilter(kindsOf(f)[0] ?? "in"));
                setChosen(f);
              }}
            >
              {f.label}
              <Icon name={rtl ? "left" : "right"} />
            </button>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <>
      <FilterCondition
        info={chosen}
        page={page}
        view={view}
        filter={pending}
        onChange={(next) => (next.kind === "range" && !isEmpty(next) ? onChange(chosen.name, next) : setPending(next))}
      />
      {pending.kind !== "range" && (
        <button type="button" class="control primary wide" disabled={isEmpty(pending)} onClick={() => onChange(chosen.name, pending)}>
          {say("apply")}
        </button>
      )}
    </>
  );
}
