import type { ComponentChildren } from "preact";
import { messageOf } from "../model/answer";

/** A card with a title. */
export function Card({ title, wide, actions, children }: { title: string; wide?: boolean; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class={wide ? "tile card wide" : "tile card"} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      <div class="card-body">{children}</div>
    </section>
  );
}

export function Figure({ name, value, note, tone = "" }: { name: string; value: string; note?: string; tone?: string }) {
  return (
    <div class="tile figure">
      <h2>{name}</h2>
      <p class={`stat-value number ${tone}`}>{value}</p>
      <p class="muted">{note ?? "\u00a0"}</p>
    </div>
  );
}

export function Trouble({ error }: { error: unknown }) {
  if (error === undefined) return null;
  return (
    <p class="problem" role="alert">
      {messageOf(error)}
    </p>
  );
}

interface Column<T> {
  head: string;
  number?: boolean;
  cell: (row: T) => ComponentChildren;
}

export function Rows<T>({ caption, rows, columns, none }: { caption: string; rows: T[]; columns: Column<T>[]; none: string }) {
  if (rows.length === 0) return <p class="muted">{none}</p>;
  return (
    // Wide tables scroll by themselves, by keyboard too.
    <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table class="grid-table">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.head} scope="col" class={c.number ? "number" : ""}>
                {c.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={String(i)}>
              {columns.map((c) => (
                <td key={c.head} class={c.number ? "number" : ""}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
