import type { Value, WidgetData } from "@go-dispatcher/client";
import { byRole, columnsOf, labelOf, rowsOf } from "../frame/columns";

/** A frame as rows of text and numbers: what files hold. Times are ISO 8601 in the range's zone's instant. */
export function rowsFor(data: WidgetData): { heads: string[]; rows: Value[][]; times: boolean[] } {
  const all = columnsOf(data);
  const others = byRole(all, "other");
  const columns = all.filter((c) => !others.includes(c));
  return {
    heads: columns.map(labelOf),
    times: columns.map((c) => c.field.type === "time"),
    rows: Array.from({ length: rowsOf(data) }, (_, i) => columns.map((c) => c.values[i] ?? null)),
  };
}

/** RFC 4180, with a byte order mark so that spreadsheets read it as UTF-8. */
export function csv(data: WidgetData): string {
  const { heads, rows, times } = rowsFor(data);
  const lines = [heads.map(text), ...rows.map((row) => row.map((v, i) => cell(times[i] && typeof v === "number" ? new Date(v).toISOString() : v)))];
  return `\ufeff${lines.map((l) => l.join(",")).join("\r\n")}\r\n`;
}

function cell(value: Value): string {
  if (value === null) return "";
  return typeof value === "string" ? text(value) : String(value);
}

/** A text that a spreadsheet would take for a formula gets a mark before it. */
function text(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
