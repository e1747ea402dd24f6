import type { Field, WidgetData } from "@go-dispatcher/client";
import type { Overview } from "./api";

/** What is kept of an overview, for the lines over time. */
export interface Sample {
  at: number;
  waiting: number | null;
  running: number;
  submitted: number | null;
  finished: number | null;
}

const most = 360;

export function sampleOf(o: Overview): Sample {
  const known = o.classes.every((c) => c.waiting !== null);
  const sum = (of: (c: Overview["classes"][number]) => number) => o.classes.reduce((n, c) => n + of(c), 0);
  return {
    at: Date.parse(o.at),
    waiting: known ? sum((c) => c.waiting ?? 0) : null,
    running: sum((c) => c.running),
    submitted: o.rates?.submitted_per_second ?? null,
    finished: o.rates?.finished_per_second ?? null,
  };
}

export function keep(history: Sample[], o: Overview): Sample[] {
  const next = sampleOf(o);
  if (history.at(-1)?.at === next.at) return history;
  return [...history, next].slice(-most);
}

/** Samples as the frame that the line chart draws. */
export function frameOf(history: Sample[], columns: { name: keyof Sample; label: string; unit?: string }[]): WidgetData {
  const field = (name: string, label: string, unit?: string): Field => ({
    name,
    type: "number",
    role: "measure",
    config: { displayName: label, ...(unit ? { unit } : {}) },
  });
  return {
    kind: "timeseries",
    status: "ok",
    grain: "minute",
    schema: { fields: [{ name: "time", type: "time", role: "time", config: {} }, ...columns.map((c) => field(c.name, c.label, c.unit))] },
    data: { values: [history.map((s) => s.at), ...columns.map((c) => history.map((s) => s[c.name]))] },
    as_of: new Date().toISOString(),
    age_seconds: 0,
    stats: { elapsed_ms: 0, rows: history.length, sources: [] },
  };
}
