import type { Field, Role, Value, WidgetData } from "@go-dispatcher/client";

/** A column of a frame with its values. */
export interface Column {
  field: Field;
  values: Value[];
}

export function columnsOf(data: WidgetData): Column[] {
  return data.schema.fields.map((field, i) => ({ field, values: data.data.values[i] ?? [] }));
}

export const rowsOf = (data: WidgetData): number => data.data.values[0]?.length ?? 0;

export function byRole(columns: Column[], ...roles: Role[]): Column[] {
  return columns.filter((c) => roles.includes(c.field.role));
}

export function byName(columns: Column[], name: string): Column | undefined {
  return columns.find((c) => c.field.name === name);
}

export const labelOf = (column: Column): string => column.field.config.displayName || column.field.name;

export function numbers(column: Column | undefined): (number | null)[] {
  return (column?.values ?? []).map((v) => (typeof v === "number" && Number.isFinite(v) ? v : null));
}

/** The text of a value that is a code, in the reader's words. */
export function mapped(field: Field, value: Value): string | undefined {
  for (const m of field.config.mappings ?? []) {
    const key = String(value);
    if (Object.hasOwn(m.options, key)) return m.options[key]?.text;
  }
  return undefined;
}

/** The column that belongs to a measure: `posts` and `previous` give `posts_previous`, in a split series that of the same group. */
export function companion(columns: Column[], measure: Column, role: "previous" | "change" | "ratio" | "share"): Column | undefined {
  const of = columns.filter((c) => c.field.role === role);
  const { name, labels } = measure.field;
  if (labels) {
    const at = columns.indexOf(measure);
    return of.find((c) => sameLabels(c.field.labels, labels) && columns.indexOf(c) > at);
  }
  const suffix = { previous: "_previous", change: "_change", ratio: "_change_ratio", share: "_share" }[role];
  return of.find((c) => c.field.name === name + suffix);
}

function sameLabels(a: Record<string, string> | undefined, b: Record<string, string>): boolean {
  return a !== undefined && Object.keys(b).every((k) => a[k] === b[k]) && Object.keys(a).length === Object.keys(b).length;
}

/** Columns that people read: not the ones that other columns are made of or lead to. */
export function shown(columns: Column[]): Column[] {
  return columns.filter((c) => !["operand", "other", "link"].includes(c.field.role));
}

/** Whether a row stands for all groups that are not shown. */
export function isOthers(columns: Column[], row: number): boolean {
  return columns.some((c) => c.field.role === "other" && c.values[row] === true);
}
