import type { FieldConfig } from "@go-dispatcher/client";
import { type Language, localeOf } from "./language";

/** `full` in tables, `short` on axes and where room is scarce. */
export type Length = "full" | "short";

const cache = new Map<string, Intl.NumberFormat>();

function intl(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(localeOf(language), options);
    cache.set(key, format);
  }
  return format;
}

/** Writes a number as its column's config says. A missing one is a dash, or the column's own word for it. */
export function formatNumber(value: unknown, config: FieldConfig, language: Language, length: Length = "full"): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return config.noValue ?? "–";
  const { unit = "short", decimals } = config;
  if (unit === "percentunit") return percent(value, decimals, language, length);
  if (unit === "percent") return percent(value / 100, decimals, language, length);
  const seconds = secondsIn[unit];
  if (seconds !== undefined) return duration(value * seconds, language, length);
  if (unit.startsWith("currency")) {
    const currency = unit.slice("currency".length);
    if (/^[A-Z]{3}$/.test(currency)) return intl(language, { style: "currency", currency, ...digits(value, decimals, length) }).format(value);
  }
  if (unit === "bytes" || unit === "decbytes") return bytes(value, unit === "bytes" ? 1024 : 1000, language);
  const number = intl(language, digits(value, decimals, length)).format(value);
  const suffix = suffixes[unit] ?? (unit.startsWith("suffix:") ? unit.slice(7).trim() : "");
  return suffix ? `${number} ${suffix}` : number;
}

/** A change with its sign. */
export function formatChange(value: unknown, config: FieldConfig, language: Language): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const text = formatNumber(Math.abs(value), config, language, "short");
  if (value === 0) return text;
  return value > 0 ? `+${text}` : `\u2212${text}`;
}

const suffixes: Record<string, string> = { lengthmm: "mm", lengthm: "m", lengthkm: "km", celsius: "°C" };
// Grafana's "m" is minutes.
const secondsIn: Record<string, number> = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, m: 60, min: 60, h: 3600, d: 86400 };

function digits(value: number, decimals: number | undefined, length: Length): Intl.NumberFormatOptions {
  if (length === "short" && Math.abs(value) >= 10_000) return { notation: "compact", maximumFractionDigits: 1 };
  if (decimals !== undefined) return { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  if (Number.isInteger(value)) return { maximumFractionDigits: 0 };
  return { maximumFractionDigits: Math.abs(value) < 1 ? 3 : Math.abs(value) < 100 ? 2 : 1 };
}

function percent(value: number, decimals: number | undefined, language: Language, length: Length): string {
  const most = decimals ?? (length === "short" && Math.abs(value) >= 0.1 ? 0 : 1);
  return intl(language, { style: "percent", minimumFractionDigits: length === "full" ? most : 0, maximumFractionDigits: most }).format(value);
}

type Unit = "day" | "hour" | "minute" | "second" | "millisecond";

/** The signs of units, as reports have them. */
const units: Record<Language, Record<Unit, string>> = {
  en: { day: "d", hour: "h", minute: "min", second: "s", millisecond: "ms" },
  ar: { day: "يوم", hour: "س", minute: "د", second: "ث", millisecond: "م.ث" },
};

/** The two largest units: 1 h 16 min. */
function duration(seconds: number, language: Language, length: Length): string {
  const size = Math.abs(seconds);
  const unit = (value: number, name: Unit, decimals = 0) => `${intl(language, { maximumFractionDigits: decimals }).format(value)} ${units[language][name]}`;
  if (size === 0) return unit(0, "second");
  if (size < 1) return unit(seconds * 1000, "millisecond", size < 0.01 ? 1 : 0);
  if (size < 60) return unit(seconds, "second", size < 10 ? 1 : 0);
  const steps: [number, Unit][] = [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ];
  const sign = seconds < 0 ? "\u2212" : "";
  for (let i = 0; i < steps.length - 1; i++) {
    const [large, name] = steps[i]!;
    const [small, below] = steps[i + 1]!;
    let whole = Math.floor(size / large);
    let rest = Math.round((size - whole * large) / small);
    if (rest * small >= large) [whole, rest] = [whole + 1, 0];
    if (whole === 0) continue;
    return sign + unit(whole, name) + (rest > 0 && length === "full" ? ` ${unit(rest, below)}` : "");
  }
  return unit(seconds, "second");
}

function bytes(value: number, base: number, language: Language): string {
  const names = base === 1024 ? ["B", "KiB", "MiB", "GiB", "TiB"] : ["B", "kB", "MB", "GB", "TB"];
  let step = 0;
  let rest = value;
  while (Math.abs(rest) >= base && step < names.length - 1) {
    rest /= base;
    step++;
  }
  return `${intl(language, { maximumFractionDigits: step === 0 ? 0 : 1 }).format(rest)} ${names[step]}`;
}
