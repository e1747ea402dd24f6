import type { Field, WidgetData } from "@go-dispatcher/client";
import { byRole, columnsOf, companion, labelOf, numbers } from "./columns";

/** One line of a time series. */
export interface Series {
  name: string;
  label: string;
  field: Field;
  values: (number | null)[];
  previous: (number | null)[] | undefined;
  /** Which color of the palette, or one with a meaning. */
  color: string;
}

/** Lines of one unit: they share a scale. */
export interface Panel {
  unit: string;
  series: Series[];
}

export const colorOf = (i: number): string => `var(--c${i % 8})`;

const meanings: Record<string, string> = { positive: "var(--c2)", neutral: "var(--c7)", negative: "var(--c6)" };

/** The lines of a time series, a panel for each unit, so that no line is measured by another's scale. */
export function panelsOf(data: WidgetData): { times: number[]; panels: Panel[] } {
  const columns = columnsOf(data);
  const times = numbers(byRole(columns, "time")[0]).map((t) => t ?? 0);
  const panels: Panel[] = [];
  byRole(columns, "measure", "cumulative").forEach((column, i) => {
    const { field } = column;
    const unit = field.role === "cumulative" ? "cumulative" : (field.config.unit ?? "short");
    let panel = panels.find((p) => p.unit === unit);
    if (!panel) {
      panel = { unit, series: [] };
      panels.push(panel);
    }
    const previous = companion(columns, column, "previous");
    const meaning = meanings[(field.labels ? Object.values(field.labels)[0] : field.name)?.toLowerCase() ?? ""];
    panel.series.push({
      name: field.name,
      label: labelOf(column),
      field,
      values: numbers(column),
      previous: previous && numbers(previous),
      color: meaning ?? colorOf(i),
    });
  });
  return { times, panels };
}
