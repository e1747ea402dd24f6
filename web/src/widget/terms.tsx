import type { WidgetData } from "@go-dispatcher/client";
import { Sparkline } from "../chart/sparkline";
import { useSurroundings } from "../context";
import { byName, byRole, columnsOf, labelOf, mapped, numbers, rowsOf } from "../frame/columns";
import { formatNumber } from "../text/number";

/** Trends and keyness: a list of terms with their score, and how each came to it. */
export function Terms({ data }: { data: WidgetData }) {
  const { language } = useSurroundings();
  const columns = columnsOf(data);
  const term = byRole(columns, "dimension")[0];
  const [score, ...measures] = byRole(columns, "measure");
  const note = byRole(columns, "note")[0];
  const windows = byRole(columns, "window");
  const use = byName(columns, "use");
  if (!term || !score) return null;
  const scores = numbers(score);
  const most = Math.max(1e-9, ...scores.map((s) => Math.abs(s ?? 0)));
  return (
    <table class="bars terms">
      <thead>
        <tr>
          <th scope="col">{labelOf(term)}</th>
          <th scope="col" class="number" title={score.field.config.description}>
            {labelOf(score)}
          </th>
          {windows.length > 0 && (
            <th scope="col" class="windows" aria-label={`${windows[0]?.field.config.displayName} – ${windows.at(-1)?.field.config.displayName}`} />
          )}
          {measures.slice(0, 2).map((m) => (
            <th key={m.field.name} scope="col" class="number extra" title={m.field.config.description}>
              {labelOf(m)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rowsOf(data) }, (_, row) => {
          const under = use?.values[row] === "under";
          const why = note && note.values[row] !== null ? mapped(note.field, note.values[row] ?? null) : undefined;
          return (
            <tr key={String(row)}>
              <th scope="row">
                <span class={`bar ${under ? "negative" : ""}`} style={{ inlineSize: `${(Math.abs(scores[row] ?? 0) / most) * 100}%` }} />
                <bdi class="name">{String(term.values[row] ?? term.field.config.noValue ?? "–")}</bdi>
                {why && <span class="chip">{why}</span>}
              </th>
              <td class="number">{formatNumber(scores[row], score.field.config, language)}</td>
              {windows.length > 0 && (
                <td class="windows">
                  <Sparkline values={windows.map((w) => numbers(w)[row] ?? null)} />
                </td>
              )}
              {measures.slice(0, 2).map((m) => (
                <td key={m.field.name} class="number muted extra">
                  {formatNumber(m.values[row], m.field.config, language, "short")}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
