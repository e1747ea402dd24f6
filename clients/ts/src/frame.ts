/**
 * What a widget's message holds: the shapes of docs/schema/result.schema.json, columns in the manner of Grafana's data frames.
 */

export type Kind =
  | "stat"
  | "timeseries"
  | "breakdown"
  | "table"
  | "feed"
  | "histogram"
  | "heatmap"
  | "alert"
  | "trend"
  | "keyness"
  | "tree";

export type FieldType = "time" | "number" | "string" | "boolean";

export type Role =
  | "time"
  | "dimension"
  | "measure"
  | "previous"
  | "change"
  | "ratio"
  | "other"
  | "edge"
  | "link"
  | "share"
  | "alert"
  | "window"
  | "note"
  | "node"
  | "operand"
  | "cumulative";

export interface FieldConfig {
  displayName?: string;
  description?: string;
  /** Grafana's names: `short`, `percentunit`, `s`, `ms`, `min`, or `suffix: text`. */
  unit?: string;
  decimals?: number;
  noValue?: string;
  downIsGood?: boolean;
  /** Changes between these two say neither good nor bad. */
  neutralRange?: [number, number];
  links?: { title: string; url: string }[];
  mappings?: { type: "value"; options: Record<string, { text: string }> }[];
}

export interface Field {
  name: string;
  type: FieldType;
  role: Role;
  numerator?: string;
  denominator?: string;
  labels?: Record<string, string>;
  config: FieldConfig;
}

/** Times are milliseconds since 1970; a missing value is null. */
export type Value = string | number | boolean | null;

/** Half-open: `from` is in it, `to` is not. */
export interface Range {
  from: string;
  to: string;
  zone: string;
  kind?: "prior_period" | "prior_year" | "given";
}

export interface Notice {
  severity: "info" | "warning";
  code: string;
  text: string;
}

export interface SourceStats {
  source: string;
  role: string;
  rows: number;
  scanned?: number;
  bytes?: number;
  elapsed_ms: number;
  /** Where the numbers are from: an earlier answer (hit, or stale while it is computed anew), days of which some were kept (merged), a finer answer (derived), or the store (miss). */
  cache?: "hit" | "stale" | "merged" | "derived" | "miss";
  shared?: boolean;
}

export interface Stats {
  elapsed_ms: number;
  rows: number;
  sources: SourceStats[];
}

export interface Paging {
  page: number;
  page_size: number;
  total?: number;
  next_cursor: string | null;
}

/** How numbers are written in the request's language: the keys of d3's formatLocale. */
export interface NumberFormat {
  language: "en" | "ar";
  direction: "ltr" | "rtl";
  decimal: string;
  thousands: string;
  grouping: number[];
  currency: [string, string];
  numerals?: string[];
  percent: string;
  minus: string;
}

export interface AlertVerdict {
  id: string;
  fired: boolean;
  state: string;
  reason: string;
  rule: { kind: string; text: string; measure: string; unit?: string; window_seconds: number; min_count: number };
  value: number | null;
  subject?: string;
  rows: number;
  bound: number | null;
  deviation: number | null;
  score: number | null;
}

/** The data of a widget. */
export interface WidgetData {
  kind: Kind;
  status: "ok" | "empty" | "partial";
  title?: string;
  description?: string;
  range?: Range;
  grain?: "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";
  comparison?: Range;
  schema: { fields: Field[] };
  /** One list a field, all of one length. */
  data: { values: Value[][] };
  paging?: Paging;
  marks?: { filled?: number[]; incomplete?: number[] };
  alert?: AlertVerdict;
  halves?: { measure: string; at: number }[];
  as_of: string;
  age_seconds: number;
  notices?: Notice[];
  number_format?: NumberFormat;
  stats: Stats;
}

/** In place of a widget's data; `message` is safe to show. */
export interface WidgetFailure {
  status: "error";
  error: { code: string; message: string };
}

/** A result, or another message of one answer, that was stored instead of sent whole. */
export interface StoredFile {
  url: string;
  content_type: string;
  sha256: string;
  bytes: number;
  expires_at: string;
}

export interface StoredData {
  kind: "stored";
  status: "ok" | "empty" | "partial";
  file: StoredFile;
}

/** Says that an answer, or a round of a live one, has ended. */
export interface Complete {
  status: "complete" | "failed" | "rejected" | "cancelled" | "superseded" | "expired";
  request_id: string;
  widgets_asked: string[];
  sent: string[];
  failed: { widget: string; code: string; message?: string }[];
  elapsed_ms: number;
  error?: { code: string; message: string };
  live?: { round: number; unchanged: string[]; next_at?: string; until?: string; ended?: string };
}

/** A message as it is on the stream. */
export interface Message<T = unknown> {
  /** `Page__Widget`. */
  eventName: string;
  eventData: T;
  request_id?: string;
  language?: string;
}

export function isFailure(data: unknown): data is WidgetFailure {
  return typeof data === "object" && data !== null && (data as WidgetFailure).status === "error" && "error" in data;
}

export function isWidgetData(data: unknown): data is WidgetData {
  return typeof data === "object" && data !== null && "schema" in data && "data" in data;
}

/** The widget's id in `Page__Widget`. */
export function widgetOf(eventName: string): string {
  const cut = eventName.indexOf("__");
  return cut < 0 ? eventName : eventName.slice(cut + 2);
}
