import type { FilterInfo } from "@go-dispatcher/client";

/** What a page's rows are restricted by: values of a member, all others, parts of a text, or a range of numbers, whose ends belong to it and may be open. */
export type Filter = { kind: "in" | "not_in" | "contains"; values: string[] } | { kind: "range"; from: string; to: string };

export type FilterKind = Filter["kind"];

const longest = 512;
const mostValues = 100;
const number = /^-?\d{1,18}(\.\d{1,18})?$/;

/** How a kind is written after the member's name in an address; a range has two parts. */
const suffixes = { in: "", not_in: ".not", contains: ".has" } as const;
const part = /^f\.([A-Za-z][A-Za-z0-9_]{0,63})(|\.not|\.has|\.from|\.to)$/;

/** Whether a text may be an end of a range. */
export const isNumber = (text: string): boolean => number.test(text);

/** Whether nothing is restricted by it. */
export const isEmpty = (f: Filter): boolean => (f.kind === "range" ? f.from === "" && f.to === "" : f.values.length === 0);

export const emptyFilter = (kind: FilterKind): Filter => (kind === "range" ? { kind, from: "", to: "" } : { kind, values: [] });

/** The values of a filter that has any. */
export const valuesOf = (f: Filter | undefined): string[] => (f && f.kind !== "range" ? f.values : []);

/** What a member can be filtered by, the usual first. A number whose values are not listed is mostly asked by ranges. */
export function kindsOf(info: FilterInfo): FilterKind[] {
  const has = new Set(info.operators ?? ["equals"]);
  const kinds: FilterKind[] = has.has("notEquals") ? ["in", "not_in"] : ["in"];
  if (has.has("contains")) kinds.push("contains");
  if (has.has("range")) {
    if (info.values) kinds.push("range");
    else kinds.unshift("range");
  }
  return kinds;
}

/** Reads the filters of an address. What is not as it should be is not there; of two kinds for one member the first one counts. */
export function readFilters(query: URLSearchParams): Record<string, Filter> {
  const out: Record<string, Filter> = Object.create(null);
  for (const [key, value] of query) {
    const [, member = "", suffix = ""] = part.exec(key) ?? [];
    if (!member || value === "" || value.length > longest) continue;
    if (suffix === ".from" || suffix === ".to") {
      const range = out[member] ?? emptyFilter("range");
      const end = suffix === ".from" ? "from" : "to";
      if (range.kind !== "range" || range[end] !== "" || !isNumber(value)) continue;
      out[member] = { ...range, [end]: value };
      continue;
    }
    const kind = suffix === ".not" ? "not_in" : suffix === ".has" ? "contains" : "in";
    const filter = out[member] ?? { kind, values: [] };
    if (filter.kind !== kind || filter.values.length >= mostValues || filter.values.includes(value)) continue;
    out[member] = { kind, values: [...filter.values, value] };
  }
  return { ...out };
}

export function writeFilters(query: URLSearchParams, filters: Record<string, Filter>): void {
  for (const [member, f] of Object.entries(filters)) {
    if (f.kind === "range") {
      if (f.from) query.set(`f.${member}.from`, f.from);
      if (f.to) query.set(`f.${member}.to`, f.to);
    } else for (const value of f.values) query.append(`f.${member}${suffixes[f.kind]}`, value);
  }
}

/** A filter as a request has it. */
export function conditionOf(f: Filter): unknown {
  switch (f.kind) {
    case "in":
      return f.values;
    case "not_in":
      return { not_in: f.values };
    case "contains":
      return { contains: f.values };
    case "range":
      return { ...(f.from ? { gte: f.from } : {}), ...(f.to ? { lte: f.to } : {}) };
  }
}

/** A filter in a few signs. */
export function summaryOf(f: Filter): string {
  if (f.kind === "range") return f.from && f.to ? `${f.from} – ${f.to}` : f.from ? `≥ ${f.from}` : `≤ ${f.to}`;
  const text = f.values.length <= 2 ? f.values.join(", ") : `${f.values[0]} +${f.values.length - 1}`;
  return { in: text, not_in: `≠ ${text}`, contains: `… ${text} …` }[f.kind];
}
