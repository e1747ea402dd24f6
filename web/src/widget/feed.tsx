import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { byRole, type Column, columnsOf, labelOf, rowsOf } from "../frame/columns";
import { formatValue, linkOf, safeURL } from "../frame/value";
import { formatNumber } from "../text/number";
import { Link } from "./table";

const tones: Record<string, string> = { positive: "good", negative: "bad", neutral: "neutral" };

/**
 * Rows that are read, not compared: when and who above, the longest text as the body, everything else below. Which column is which follows
 * from types and values, since the catalog gives feeds no roles.
 */
export function Feed({ data }: { data: WidgetData }) {
  const { language, zone: zoneHere, say } = useSurroundings();
  const zone = data.range?.zone ?? zoneHere;
  const all = columnsOf(data);
  const columns = byRole(all, "dimension", "measure");
  const time = columns.find((c) => c.field.type === "time");
  const texts = columns.filter((c) => c.field.type === "string").sort((a, b) => length(b) - length(a));
  const body = texts[0] && length(texts[0]) > 24 ? texts[0] : undefined;
  const title = texts.find((c) => c !== body && /subject|title|name|headline/i.test(c.field.name));
  const rest = columns.filter((c) => c !== time && c !== body && c !== title);
  const gap = all.find((c) => c.field.name === "gap" && c.field.role !== "dimension");
  const cell = (name: string, row: number) => all.find((c) => c.field.name === name)?.values[row];
  return (
    <ol class="feed">
      {Array.from({ length: rowsOf(data) }, (_, row) => (
        <li key={String(row)}>
          <article>
            <p class="feed-meta">
              {time && <time dateTime={iso(time.values[row])}>{formatValue(time.field, time.values[row] ?? null, zone, language)}</time>}
              {typeof gap?.values[row] === "number" && <span>{say("gap", { time: formatNumber(gap.values[row], { unit: "s" }, language) })}</span>}
              {rest
                .filter((c) => c.field.type === "string")
                .map((c) => {
                  const value = c.values[row] ?? null;
                  if (value === null || value === "") return null;
                  const text = formatValue(c.field, value, zone, language);
                  const link = linkOf(c.field, (name) => cell(name, row)) ?? safeURL(String(value));
                  return (
                    <span key={c.field.name} class={`chip ${tones[String(value)] ?? ""}`} title={labelOf(c)}>
                      {link ? <Link href={link} text={text} /> : <bdi>{text}</bdi>}
                    </span>
                  );
                })}
            </p>
            {title && (
              <p class="feed-title" dir="auto">
                {formatValue(title.field, title.values[row] ?? null, zone, language)}
              </p>
            )}
            {body && (
              <p class="feed-body" dir="auto">
                {formatValue(body.field, body.values[row] ?? null, zone, language)}
              </p>
            )}
            <p class="feed-numbers">
              {rest
                .filter((c) => c.field.type !== "string" && c.values[row] !== null)
                .map((c) => (
                  <span key={c.field.name}>
                    {labelOf(c)} <b class="number">{formatValue(c.field, c.values[row] ?? null, zone, language)}</b>
                  </span>
                ))}
            </p>
          </article>
        </li>
      ))}
    </ol>
  );
}

function length(column: Column): number {
  const texts = column.values.filter((v) => typeof v === "string");
  return texts.reduce((sum, v) => sum + v.length, 0) / Math.max(1, texts.length);
}

function iso(value: unknown): string | undefined {
  const at = new Date(Number(value));
  return typeof value === "number" && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}
