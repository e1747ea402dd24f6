import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { byName, byRole, columnsOf, labelOf, numbers, rowsOf } from "../frame/columns";
import { formatValue } from "../frame/value";

/** Rows under the rows that they answer: nested lists, so that a screen reader says how deep each lies. */
export function Tree({ data }: { data: WidgetData }) {
  const columns = columnsOf(data);
  const depth = numbers(byName(columns, "depth"));
  const top = Array.from({ length: rowsOf(data) }, (_, i) => i).filter((i) => (depth[i] ?? 0) === 0);
  return <Level data={data} rows={top} depth={depth} />;
}

function Level({ data, rows, depth }: { data: WidgetData; rows: number[]; depth: (number | null)[] }) {
  const { language, say, zone: zoneHere } = useSurroundings();
  const zone = data.range?.zone ?? zoneHere;
  const columns = columnsOf(data);
  const fields = byRole(columns, "dimension");
  const children = numbers(byName(columns, "children"));
  return (
    <ul class="tree">
      {rows.map((row) => {
        const below = answersOf(row, depth);
        return (
          <li key={String(row)}>
            <div class="tree-node">
              {fields.map((c) => (
                <span
                  key={c.field.name}
                  dir="auto"
                  title={labelOf(c)}
                  class={c.field.type === "string" && String(c.values[row] ?? "").length > 40 ? "tree-text" : "tree-fact"}
                >
                  {formatValue(c.field, c.values[row] ?? null, zone, language)}
                </span>
              ))}
              {(children[row] ?? 0) > 0 && <span class="tree-fact">{say("replies", { n: children[row] ?? 0 })}</span>}
            </div>
            {below.length > 0 && <Level data={data} rows={below} depth={depth} />}
          </li>
        );
      })}
    </ul>
  );
}

/** Rows come before their answers, so those of a row are the next ones that lie one deeper, up to one that does not lie deeper. */
function answersOf(row: number, depth: (number | null)[]): number[] {
  const own = depth[row] ?? 0;
  const out: number[] = [];
  for (let i = row + 1; i < depth.length && (depth[i] ?? 0) > own; i++) if (depth[i] === own + 1) out.push(i);
  return out;
}
