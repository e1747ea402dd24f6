import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { type Column, columnsOf, isOthers, labelOf, rowsOf, shown } from "../frame/columns";
import { formatValue, linkOf } from "../frame/value";

interface Props {
  data: WidgetData;
  title: string;
  /** What a request may sort by, and how it is sorted now (`-name` is descending). */
  sortable?: string[] | undefined;
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
}

/** All columns of a frame: the tables of the catalog, and what every chart can be read as. */
export function Table({ data, title, sortable, sort, onSort }: Props) {
  const { say, compare, language, zone: zoneHere } = useSurroundings();
  const zone = data.range?.zone ?? zoneHere;
  const all = columnsOf(data);
  const columns = shown(all).filter((c) => compare || !["previous", "change", "ratio"].includes(c.field.role));
  const cell = (name: string, row: number) => all.find((c) => c.field.name === name)?.values[row];
  return (
    <table class="grid-table">
      <caption class="hidden">{title}</caption>
      <thead>
        <tr>
          {columns.map((c) => (
            <Head
              key={c.field.name}
              column={c}
              sort={sort}
              onSort={onSort && (!sortable?.length || sortable.includes(c.field.name)) ? onSort : undefined}
              say={(name) => say("sortBy", { name })}
            />
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rowsOf(data) }, (_, row) => (
          <tr key={String(row)} class={isOthers(all, row) ? "others" : ""}>
            {columns.map((c, i) => {
              const value = c.values[row] ?? null;
              const text = i === 0 && isOthers(all, row) ? say("others") : formatValue(c.field, value, zone, language);
              const link = linkOf(c.field, (name) => cell(name, row));
              const content = link && value !== null ? <Link href={link} text={text} /> : <bdi>{text}</bdi>;
              return (
                <td key={c.field.name} class={c.field.type === "number" && c.field.role !== "dimension" ? "number" : ""}>
                  {content}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head({
  column,
  sort,
  onSort,
  say,
}: {
  column: Column;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
  say: (name: string) => string;
}) {
  const { name, type, role } = column.field;
  const label = labelOf(column);
  const state = sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined;
  return (
    <th scope="col" class={type === "number" && role !== "dimension" ? "number" : ""} aria-sort={state} title={column.field.config.description}>
      {onSort ? (
        <button type="button" class="sort" aria-label={say(label)} onClick={() => onSort(state === "descending" ? name : `-${name}`)}>
          {label}
          <span aria-hidden="true" class="sort-mark">
            {state === "ascending" ? "↑" : state === "descending" ? "↓" : "↕"}
          </span>
        </button>
      ) : (
        label
      )}
    </th>
  );
}

export function Link({ href, text }: { href: string; text: string }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      <bdi>{text}</bdi>
    </a>
  );
}
