import type { Language } from "../text/language";
import { type DayRange, isDay, type Preset, presets } from "./days";
import { type Filter, readFilters, writeFilters } from "./filter";

/** All that decides what is shown: it is in the address, so that a link shows the same to somebody else. */
export interface View {
  page: string | undefined;
  product: string;
  /** Days that were picked, or a preset; without either the page's own choice. */
  range: DayRange | Preset | undefined;
  /** An IANA name; without it the page's. */
  zone: string | undefined;
  language: Language;
  theme: "system" | "light" | "dark";
  /** What comparisons are with; without it what the page has. */
  compare: Comparison | undefined;
  /** Seconds between two answers of a live dashboard; 0 is one answer. */
  refresh: number;
  filters: Record<string, Filter>;
  parameters: Record<string, string>;
  /** Who asks, where no token says it. */
  tenant: string | undefined;
  /** The widget that is shown alone. */
  widget: string | undefined;
}

export const comparisons = ["prior_period", "prior_year", "none"] as const;
export type Comparison = (typeof comparisons)[number];

export const refreshes = [0, 10, 30, 60, 300] as const;

const name = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const longest = 512;

/** Reads an address. Whatever is not as it should be counts as not there: a broken link shows the page's own view. */
export function readView(path: string, search: string, preferred: Language): View {
  const query = new URLSearchParams(search);
  const one = (key: string, ok: (text: string) => boolean) => {
    const text = query.get(key);
    return text !== null && text.length <= longest && ok(text) ? text : undefined;
  };
  const word =
    (...words: readonly string[]) =>
    (text: string) =>
      words.includes(text);
  const from = one("from", isDay);
  const to = one("to", isDay);
  const language = one("lang", word("en", "ar")) as Language | undefined;
  const page = /^\/d\/([^/]+)$/.exec(path)?.[1];
  return {
    page: page !== undefined ? identifier(page) : undefined,
    product: one("product", (t) => name.test(t)) ?? "",
    range: from && to && from < to ? { from, to } : (one("range", word(...presets)) as Preset | undefined),
    zone: one("tz", isZone),
    language: language ?? preferred,
    theme: (one("theme", word("light", "dark")) as View["theme"] | undefined) ?? "system",
    compare: one("compare", word("off")) ? "none" : (one("compare", word(...comparisons)) as Comparison | undefined),
    refresh: Number(one("refresh", word(...refreshes.map(String))) ?? 0),
    filters: readFilters(query),
    parameters: parameters(query),
    tenant: one("tenant", (t) => /^[A-Za-z0-9_.:-]{1,64}$/.test(t)),
    widget: one("widget", (t) => name.test(t)),
  };
}

/** Writes the address of a view; what is as by default is left out. */
export function writeView(view: View, preferred: Language): string {
  const query = new URLSearchParams();
  const set = (key: string, value: string | undefined) => value && query.set(key, value);
  set("product", view.product);
  if (typeof view.range === "string") set("range", view.range);
  else if (view.range) {
    set("from", view.range.from);
    set("to", view.range.to);
  }
  set("tz", view.zone);
  if (view.language !== preferred) set("lang", view.language);
  if (view.theme !== "system") set("theme", view.theme);
  set("compare", view.compare);
  if (view.refresh) set("refresh", String(view.refresh));
  writeFilters(query, view.filters);
  for (const [key, value] of Object.entries(view.parameters)) set(`p.${key}`, value);
  set("tenant", view.tenant);
  set("widget", view.widget);
  const text = query.toString();
  return (view.page ? `/d/${encodeURIComponent(view.page)}` : "/") + (text && `?${text}`);
}

export function isZone(text: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

function identifier(escaped: string): string | undefined {
  try {
    const text = decodeURIComponent(escaped);
    return name.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The page's parameters; the first value of each counts. */
function parameters(query: URLSearchParams): Record<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of query) {
    const parameter = key.startsWith("p.") ? key.slice(2) : "";
    if (name.test(parameter) && value !== "" && value.length <= longest && !out.has(parameter)) out.set(parameter, value);
  }
  return Object.fromEntries(out);
}
