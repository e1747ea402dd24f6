import type { WidgetData } from "@go-dispatcher/client";
import { type Language, localeOf } from "./language";

type Grain = NonNullable<WidgetData["grain"]>;

const cache = new Map<string, Intl.DateTimeFormat>();

function intl(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + zone + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(localeOf(language), { timeZone: zone, hourCycle: "h23", ...options });
    cache.set(key, format);
  }
  return format;
}

/** Writes the beginning of a bucket, in the zone in which it was cut. */
export function formatBucket(ms: number, grain: Grain | undefined, zone: string, language: Language): string {
  return intl(language, zone, bucket[grain ?? "minute"]).format(ms);
}

const bucket: Record<Grain, Intl.DateTimeFormatOptions> = {
  minute: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  hour: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  week: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "long", year: "numeric" },
  quarter: { month: "short", year: "numeric" },
  year: { year: "numeric" },
};

/** The label of a tick: as little as says where one is. */
export function formatTick(ms: number, grain: Grain | undefined, zone: string, language: Language): string {
  const options: Intl.DateTimeFormatOptions =
    grain === "year"
      ? { year: "numeric" }
      : grain === "month" || grain === "quarter"
        ? { month: "short", year: "2-digit" }
        : grain === "hour" || grain === "minute"
          ? intl(language, zone, { hour: "2-digit", minute: "2-digit" }).format(ms) ===
            intl(language, zone, { hour: "2-digit", minute: "2-digit" }).format(startOfDay(ms, zone))
            ? { day: "numeric", month: "short" }
            : { hour: "2-digit", minute: "2-digit" }
          : { day: "numeric", month: "short" };
  return intl(language, zone, options).format(ms);
}

/** A point in time of a row. */
export function formatTime(ms: number, zone: string, language: Language): string {
  return intl(language, zone, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(ms);
}

/** A civil day, which has no zone. */
export function formatDay(day: string, language: Language): string {
  return intl(language, "UTC", { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(`${day}T00:00:00Z`));
}

/** Two civil days, the second included. */
export function formatDays(from: string, last: string, language: Language): string {
  const format = intl(language, "UTC", { day: "numeric", month: "short", year: "numeric" });
  return format.formatRange(Date.parse(`${from}T00:00:00Z`), Date.parse(`${last}T00:00:00Z`));
}

/** 0 is Monday. */
export function formatWeekday(day: number, language: Language, length: "short" | "long" = "short"): string {
  return intl(language, "UTC", { weekday: length }).format(Date.UTC(2024, 0, 1 + day));
}

export function formatHour(hour: number, language: Language): string {
  return intl(language, "UTC", { hour: "2-digit", minute: "2-digit" }).format(Date.UTC(2024, 0, 1, hour));
}

/** How long ago something was, in one unit. */
export function formatAge(seconds: number, language: Language): string {
  const relative = new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto", style: "long" });
  const size = Math.max(0, seconds);
  if (size < 60) return relative.format(-Math.round(size), "second");
  if (size < 3600) return relative.format(-Math.round(size / 60), "minute");
  if (size < 86400 * 2) return relative.format(-Math.round(size / 3600), "hour");
  return relative.format(-Math.round(size / 86400), "day");
}

function startOfDay(ms: number, zone: string): number {
  const parts = intl("en", zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return ms - ((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1000;
}
