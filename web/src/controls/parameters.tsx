import type { MemberValue, PageInfo } from "@go-dispatcher/client";
import { useEffect, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import type { View } from "../model/view";
import { contextOf } from "./filter-values";

/** Asks for what a page cannot do without, say which conversation it is about. */
export function Parameters({ page, view, onChange }: { page: PageInfo; view: View; onChange: (change: Partial<View>) => void }) {
  const { say } = useSurroundings();
  const [values, setValues] = useState(view.parameters);
  return (
    <form
      class="parameters"
      onSubmit={(e) => {
        e.preventDefault();
        onChange({ parameters: Object.fromEntries(Object.entries(values).filter(([, v]) => v.trim() !== "")) });
      }}
    >
      <h2>{say("needed")}</h2>
      {(page.parameters ?? []).map((p) => (
        <label key={p.name}>
          {p.label || p.name.replaceAll("_", " ")}
          <input
            required={p.required === true}
            list={p.values ? `values-${p.name}` : undefined}
            autocomplete="off"
            value={values[p.name] ?? ""}
            onInput={(e) => setValues({ ...values, [p.name]: e.currentTarget.value })}
          />
          {p.values && <Known id={`values-${p.name}`} path={p.values} page={page} view={view} search={values[p.name] ?? ""} />}
          {p.description && <span class="muted">{p.description}</span>}
        </label>
      ))}
      <button type="submit" class="control primary">
        {say("show")}
      </button>
    </form>
  );
}

/** Values that there are, for whoever has none in mind. Where they cannot be had the field takes what is typed. */
function Known({ id, path, page, view, search }: { id: string; path: string; page: PageInfo; view: View; search: string }) {
  const { client } = useSurroundings();
  const [found, setFound] = useState<MemberValue[]>([]);
  useEffect(() => {
    const gone = new AbortController();
    // A moment's wait while somebody types.
    const timer = setTimeout(
      () =>
        client.members(path, { search, limit: 50, parameters: contextOf(view, page), signal: gone.signal }).then(
          (body) => setFound(body.values),
          () => {},
        ),
      search ? 200 : 0,
    );
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [path, search]);
  return (
    <datalist id={id}>
      {found.map((v) => (
        <option key={String(v.value)} value={String(v.value)} />
      ))}
    </datalist>
  );
}
