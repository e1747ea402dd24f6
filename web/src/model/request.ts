import type { PageInfo, Request } from "@go-dispatcher/client";
import { addDays, type DayRange, dayIn, daysOf } from "./days";
import { conditionOf } from "./filter";
import type { Comparison, View } from "./view";

/** The zone in which a view's days are. */
export const zoneOf = (view: View, page: PageInfo | undefined): string => view.zone ?? page?.time?.zone ?? "UTC";

/** The days that a view shows: what was picked, what the page proposes, or the last thirty. */
export function rangeOf(view: View, page: PageInfo | undefined, now: number): DayRange {
  if (view.range !== undefined && typeof view.range !== "string") return view.range;
  const example = page?.time?.example;
  if (view.range === undefined && example) return { from: example.start_date.slice(0, 10), to: addDays(example.end_date.slice(0, 10), 1) };
  return daysOf(view.range ?? "30d", dayIn(zoneOf(view, page), now));
}

/** What a page's widgets are compared with, as it has it; none where none of them is. */
export const comparisonOf = (page: PageInfo | undefined): Comparison =>
  (page?.widgets.find((w) => w.compare && w.compare !== "none")?.compare as Comparison | undefined) ?? "none";

/** What is missing before a page can be asked. */
export function missing(view: View, page: PageInfo): string[] {
  return (page.parameters ?? []).filter((p) => p.required && !view.parameters[p.name]).map((p) => p.name);
}

/** The request of a view. The page's own (its event, its name) is what it begins with; a day as the end is included whole. */
export function requestOf(view: View, page: PageInfo, now: number): Request {
  const { from, to } = rangeOf(view, page, now);
  const data: Record<string, unknown> = {
    ...page.request.eventData,
    start_date: from,
    end_date: addDays(to, -1),
    timezone: zoneOf(view, page),
    language: view.language,
  };
  const known = new Set((page.filters ?? []).map((f) => f.name));
  const filters = Object.fromEntries(Object.entries(view.filters).flatMap(([member, f]) => (known.has(member) ? [[member, conditionOf(f)]] : [])));
  if (Object.keys(filters).length > 0) data.filters = filters;
  if (view.compare) data.compare_with = view.compare;
  for (const p of page.parameters ?? []) if (view.parameters[p.name]) data[p.name] = view.parameters[p.name];
  if (view.tenant) data.company_id = view.tenant;
  return { eventName: page.request.eventName, eventData: data };
}
