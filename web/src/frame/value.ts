import type { Field, Value } from "@go-dispatcher/client";
import type { Language } from "../text/language";
import { formatNumber } from "../text/number";
import { formatHour, formatTime, formatWeekday } from "../text/time";
import { sayIn } from "../text/words";
import { mapped } from "./columns";

/** Writes any value of a column as people read it. */
export function formatValue(field: Field, value: Value, zone: string, language: Language): string {
  if (value === null || value === undefined || value === "") return field.config.noValue ?? "–";
  const word = mapped(field, value);
  if (word !== undefined) return word;
  if (field.type === "time" && typeof value === "number") return formatTime(value, zone, language);
  if (typeof value === "number") {
    if (field.role === "dimension" && field.name === "weekday" && value >= 0 && value <= 6) return formatWeekday(value, language, "long");
    if (field.role === "dimension" && field.name === "hour" && value >= 0 && value <= 23) return formatHour(value, language);
    return formatNumber(value, field.config, language);
  }
  if (typeof value === "boolean") return sayIn(language)(value ? "yes" : "no");
  return named(field, value, language) ?? value;
}

/** The name of a country or a language that a value is the code of, as the browser knows it. */
function named(field: Field, value: string, language: Language): string | undefined {
  if (field.role !== "dimension") return undefined;
  if (field.name === "country" && /^[A-Z]{2}$/.test(value)) return new Intl.DisplayNames(language, { type: "region" }).of(value);
  if (field.name === "language" && /^[a-z]{2,3}$/.test(value)) return new Intl.DisplayNames(language, { type: "language" }).of(value);
  return undefined;
}

/** The address that a value leads to, where the server names one that a browser may open. */
export function linkOf(field: Field, row: (name: string) => Value | undefined): string | undefined {
  const template = field.config.links?.[0]?.url;
  if (!template) return undefined;
  const whole = /^\$\{__data\.fields\.([A-Za-z0-9_]+)\}$/.exec(template);
  const url = whole
    ? row(whole[1]!)
    : template.replace(/\$\{__data\.fields\.([A-Za-z0-9_]+)\}/g, (_, name: string) => encodeURIComponent(String(row(name) ?? "")));
  return typeof url === "string" ? safeURL(url) : undefined;
}

/** A web address as it may stand in a link: http and https alone, so that data can never be a script. */
export function safeURL(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
