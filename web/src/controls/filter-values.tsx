import type { FilterInfo, MemberValue, PageInfo } from "@go-dispatcher/client";
import { useEffect, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { requestOf } from "../model/request";
import type { View } from "../model/view";
import { formatNumber } from "../text/number";

interface Props {
  filter: FilterInfo;
  page: PageInfo;
  view: View;
  chosen: string[];
  onChange: (values: string[]) => void;
}

/** The values of one filter, most common first. A search asks the server; what it does not list can be typed in. */
export function FilterValues({ filter, page, view, chosen, onChange }: Props) {
  const { client, say, language } = useSurroundings();
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<MemberValue[] | "failed" | undefined>(undefined);
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
    <>
      <TypedValue filter={filter} value={search} onInput={setSearch} chosen={chosen} onChange={onChange} />
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
    </>
  );
}

/** Parts of texts, which are typed in. */
export function FilterTexts({ filter, chosen, onChange }: Pick<Props, "filter" | "chosen" | "onChange">) {
  const { say } = useSurroundings();
  const [text, setText] = useState("");
  return (
    <>
      <TypedValue filter={filter} value={text} onInput={setText} chosen={chosen} onChange={onChange} />
      <p class="muted note">{say("typeValue")}</p>
      <ul>
        {chosen.map((v) => (
          <Choice key={v} value={v} label={v} chosen toggle={() => onChange(chosen.filter((c) => c !== v))} />
        ))}
      </ul>
    </>
  );
}

interface TypedProps extends Pick<Props, "filter" | "chosen" | "onChange"> {
  value: string;
  onInput: (text: string) => void;
}

/** What is typed is looked for, and Enter takes it. */
function TypedValue({ filter, value, onInput, chosen, onChange }: TypedProps) {
  const { say } = useSurroundings();
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        const typed = value.trim();
        if (!typed) return;
        if (!chosen.includes(typed)) onChange([...chosen, typed]);
        onInput("");
      }}
    >
      <input
        type="search"
        data-first
        value={value}
        placeholder={filter.label}
        aria-label={`${say("search")}: ${filter.label}`}
        onInput={(e) => onInput(e.currentTarget.value)}
      />
    </form>
  );
}

/** What the values are counted over: the days, the zone and the page's parameters that are shown. */
export function contextOf(view: View, page: PageInfo): Record<string, string> {
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
