import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { byRole, columnsOf, companion, isOthers, labelOf, numbers, rowsOf } from "../frame/columns";
import { formatValue } from "../frame/value";
import { formatNumber } from "../text/number";
import { Change } from "./stat";

/** Bars, one a group, by the first measure; the others of the groups that are shown are drawn apart and do not set the scale. */
export function Breakdown({ data, onPick }: { data: WidgetData; onPick?: ((member: string, value: string) => void) | undefined }) {
  const { language, say, zone, compare } = useSurroundings();
  const columns = columnsOf(data);
  const group = byRole(columns, "dimension")[0];
  const measures = byRole(columns, "measure");
  const first = measures[0];
  if (!group || !first) return null;
  const values = numbers(first);
  const share = companion(columns, first, "share");
  const rows = Array.from({ length: rowsOf(data) }, (_, i) => i);
  const most = Math.max(1e-9, ...rows.filter((i) => !isOthers(columns, i)).map((i) => Math.abs(values[i] ?? 0)));
  const compared = compare && columns.some((c) => c.field.role === "ratio");
  const more = measures.slice(1, compared || share ? 2 : 3);
  return (
    <table class="bars">
      <thead>
        <tr>
          <th scope="col">{labelOf(group)}</th>
          <th scope="col" class="number">
            {labelOf(first)}
          </th>
          {share && (
            <th scope="col" class="number">
              %
            </th>
          )}
          {compared && (
            <th scope="col" class="number">
              ±
            </th>
          )}
          {more.map((m) => (
            <th key={m.field.name} scope="col" class="number extra">
              {labelOf(m)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((i) => {
          const others = isOthers(columns, i);
          const raw = group.values[i] ?? null;
          const name = others ? say("others") : formatValue(group.field, raw, zone, language);
          const v = values[i] ?? null;
          const width = v === null ? 0 : Math.min(1, Math.abs(v) / most);
          const beyond = v !== null && Math.abs(v) > most;
          return (
            <tr key={String(i)} class={others ? "others" : ""}>
              <th scope="row">
                <span class={`bar ${(v ?? 0) < 0 ? "negative" : ""} ${beyond ? "beyond" : ""}`} style={{ inlineSize: `${width * 100}%` }} />
                {onPick && !others && typeof raw === "string" ? (
                  <button type="button" class="pick" onClick={() => onPick(group.field.name, raw)}>
                    <bdi>{name}</bdi>
                  </button>
                ) : (
                  <bdi class="name">{name}</bdi>
                )}
              </th>
              <td class="number">{formatNumber(v, first.field.config, language)}</td>
              {share && <td class="number muted">{formatNumber(share.values[i], share.field.config, language, "short")}</td>}
              {compared && (
                <td class="number">
                  <Change columns={columns} measure={first} row={i} none="–" />
                </td>
              )}
              {more.map((m) => (
                <td key={m.field.name} class="number muted extra">
                  {formatNumber(m.values[i], m.field.config, language, "short")}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
