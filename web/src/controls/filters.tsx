import type { FilterInfo, MemberValue, PageInfo } from "@go-dispatcher/client";
import { useEffect, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { requestOf } from "../model/request";
import type { View } from "../model/view";
import { formatNumber } from "../text/number";
import { Popover } from "./popover";

interface Props {
  page: PageInfo;
  view: View;
  onChange: (filters: View["filters"]) => void;
}

/** The filters that are set, each with its values, and the way to further ones. */
export function Filters({ page, view, onChange }: Props) {
  const { say } = useSurroundings();
  const filters = (page.filters ?? []).filter((f) => f.type !== "time");
  const set = filters.filter((f) => view.filters[f.name]?.length);
  const change = (name: string, values: string[]) => {
    const next = { ...view.filters, [name]: values };
    if (values.length === 0) delete next[name];
    onChange(next);
  };
  if (filters.length === 0) return null;
  return (
    <div class="filters" role="group" aria-label={say("filters")}>
      {set.map((f) => (
        <span key={f.name} class="joined filter-set">
          <Popover
            button={
              <>
                <span class="muted">{f.label}</span> <bdi>{summary(view.filters[f.name] ?? [])}</bdi>
              </>
            }
          >
            {() => <Values filter={f} page={page} view={view} onChange={(values) => change(f.name, values)} />}
          </Popover>
          <button type="button" class="control icon-only" aria-label={`${say("remove")}: ${f.label}`} onClick={() => change(f.name, [])}>
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
        {() => <Add filters={filters.filter((f) => !set.includes(f))} page={page} view={view} onChange={change} />}
      </Popover>
      {set.length > 1 && (
        <button type="button" class="control plain" onClick={() => onChange({})}>
          {say("clearFilters")}
        </button>
      )}
    </div>
  );
}

const summary = (values: string[]) => (values.length <= 2 ? values.join(", ") : `${values[0]} +${values.length - 1}`);

interface AddProps {
  filters: FilterInfo[];
  page: PageInfo;
  view: View;
  onChange: (name: string, values: string[]) => void;
}

function Add({ filters, page, view, onChange }: AddProps) {
  const [chosen, setChosen] = useState<FilterInfo | undefined>(undefined);
  const [pending, setPending] = useState<string[]>([]);
  const { say, rtl } = useSurroundings();
  if (!chosen) {
    return (
      <ul class="pick-panel">
        {filters.map((f) => (
          <li key={f.name}>
            <button type="button" class="item spread" onClick={() => setChosen(f)}>
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
      <Values filter={chosen} page={page} view={{ ...view, filters: { ...view.filters, [chosen.name]: pending } }} onChange={setPending} />
      <button type="button" class="control primary wide" disabled={pending.length === 0} onClick={() => onChange(chosen.name, pending)}>
        {say("apply")}
      </button>
    </>
  );
}

interface ValuesProps {
  filter: FilterInfo;
  page: PageInfo;
  view: View;
  onChange: (values: string[]) => void;
}

/** The values of one filter, most common first. A search asks the server; what it does not list can be typed in. */
function Values({ filter, page, view, onChange }: ValuesProps) {
  const { client, say, language } = useSurroundings();
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<MemberValue[] | "failed" | undefined>(undefined);
  const chosen = view.filters[filter.name] ?? [];
  useEffect(() => {
    const { values } = filter;
    if (!values) return setFound("failed");
    const gone = new AbortController();
    // A moment's wait while somebody types.
    const timer = setTimeout(
      () => {
        client
          .members(values, { search, limit: 50, parameters: contextOf(view, page), signal: gone.signal })
          .then((body) => setFound(body.values))
          .catch(() => !gone.signal.aborted && setFound("failed"));
      },
      search ? 200 : 0,
    );
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [filter, search]);
  const toggle = (value: string) => onChange(chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value]);
  const listed = Array.isArray(found) ? found.filter((v) => v.value !== null && v.value !== "") : [];
  const missing = chosen.filter((c) => !listed.some((v) => String(v.value) === c));
  return (
    <div class="pick-panel">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          const value = search.trim();
          if (!value) return;
          if (!chosen.includes(value)) onChange([...chosen, value]);
          setSearch("");
        }}
      >
        <input
          type="search"
          data-first
          value={search}
          placeholder={filter.label}
          aria-label={`${say("search")}: ${filter.label}`}
          onInput={(e) => setSearch(e.currentTarget.value)}
        />
      </form>
      {found === "failed" && <p class="muted note">{say(filter.values ? "valuesFailed" : "typeValue")}</p>}
      {found === undefined && <p class="muted note">{say("loading")} …</p>}
      <ul>
        {missing.map((v) => (
          <Choice key={v} value={v} label={v} chosen toggle={toggle} />
        ))}
        {listed.map((v) => (
          <Choice
            key={String(v.value)}
            value={String(v.value)}
            label={v.label ?? String(v.value)}
            count={v.count === undefined ? undefined : formatNumber(v.count, {}, language)}
            chosen={chosen.includes(String(v.value))}
            toggle={toggle}
          />
        ))}
      </ul>
      {Array.isArray(found) && listed.length === 0 && <p class="muted note">{say("nothingFound")}</p>}
    </div>
  );
}

/** What the values are counted over: the days, the zone and the page's parameters that are shown. */
function contextOf(view: View, page: PageInfo): Record<string, string> {
  const { eventData } = requestOf({ ...view, filters: {} }, page, Date.now());
  const names = ["company_id", "start_date", "end_date", "timezone", "language", ...(page.parameters ?? []).map((p) => p.name)];
  return Object.fromEntries(names.flatMap((name) => (typeof eventData[name] === "string" ? [[name, eventData[name]]] : [])));
}

interface ChoiceProps {
  value: string;
  label: string;
  count?: string | undefined;
  chosen: boolean;
  toggle: (value: string) => void;
}

function Choice({ value, label, count, chosen, toggle }: ChoiceProps) {
  return (
    <li>
      <label class="item">
        <input type="checkbox" checked={chosen} onChange={() => toggle(value)} />
        <bdi class="grow">{label}</bdi>
        {count !== undefined && <span class="muted number">{count}</span>}
      </label>
    </li>
  );
}
