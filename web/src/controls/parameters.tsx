import type { PageInfo } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import type { View } from "../model/view";

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
          <input required={p.required === true} value={values[p.name] ?? ""} onInput={(e) => setValues({ ...values, [p.name]: e.currentTarget.value })} />
          {p.description && <span class="muted">{p.description}</span>}
        </label>
      ))}
      <button type="submit" class="control primary">
        {say("show")}
      </button>
    </form>
  );
}
