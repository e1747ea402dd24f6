/** Civil days as `2002-09-01`: they have no zone, and are counted in UTC. */
export type Day = string;

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text;
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function countDays(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** What day it is somewhere. */
export function dayIn(zone: string, now: number): Day {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(now);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** Half-open: `to` is not in it. */
export interface DayRange {
  from: Day;
  to: Day;
}

export const presets = ["today", "yesterday", "7d", "30d", "90d", "month", "last-month", "year", "365d"] as const;
export type Preset = (typeof presets)[number];

/** The days that a preset means today. */
export function daysOf(preset: Preset, today: Day): DayRange {
  const tomorrow = addDays(today, 1);
  const month = `${today.slice(0, 7)}-01`;
  switch (preset) {
    case "today":
      return { from: today, to: tomorrow };
    case "yesterday":
      return { from: addDays(today, -1), to: today };
    case "7d":
    case "30d":
    case "90d":
    case "365d":
      return { from: addDays(tomorrow, -Number.parseInt(preset, 10)), to: tomorrow };
    case "month":
      return { from: month, to: tomorrow };
    case "last-month":
      return { from: `${addDays(month, -1).slice(0, 7)}-01`, to: month };
    case "year":
      return { from: `${today.slice(0, 4)}-01-01`, to: tomorrow };
  }
}

/** The range before it, or after it, of the same length. */
export function shift(range: DayRange, times: -1 | 1): DayRange {
  const length = countDays(range.from, range.to) * times;
  return { from: addDays(range.from, length), to: addDays(range.to, length) };
}
