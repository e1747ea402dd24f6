import type { Field, Value, WidgetData } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { byRole, columnsOf, labelOf, numbers } from "../frame/columns";
import { formatValue } from "../frame/value";
import { useSize } from "../layout/size";
import { formatNumber } from "../text/number";
import { formatHour, formatWeekday } from "../text/time";
import { Tooltip } from "./tooltip";

const bottom = 40;

/** A grid of two dimensions; the darker, the more. */
export function Heatmap({ data, label }: { data: WidgetData; label: string }) {
  const { language, rtl, zone, say } = useSurroundings();
  const [box, width, height] = useSize<HTMLDivElement>();
  const [at, setAt] = useState<[number, number] | undefined>(undefined);
  const columns = columnsOf(data);
  const [down, across] = byRole(columns, "dimension");
  const measure = byRole(columns, "measure")[0];
  if (!down || !across || !measure) return null;
  const rows = distinct(down.values);
  const cols = distinct(across.values);
  const values = new Map<string, number | null>();
  for (const [i, v] of numbers(measure).entries()) values.set(`${down.values[i]}\u0000${across.values[i]}`, v);
  const high = Math.max(1e-9, ...[...values.values()].map((v) => v ?? 0));
  const write = (field: Field, v: Value) => short(field, v, language) ?? formatValue(field, v, zone, language);
  const names = rows.map((r) => write(down.field, r));
  const gutter = Math.min(110, Math.max(...names.map((n) => n.length * 7 + 12)));
  const cell = (width - gutter) / Math.max(1, cols.length);
  const row = (height - bottom) / Math.max(1, rows.length);
  const x = (i: number) => (rtl ? width - gutter - (i + 1) * cell : gutter + i * cell);
  const value = (r: number, c: number) => values.get(`${rows[r]}\u0000${cols[c]}`) ?? null;
  const every = Math.max(1, Math.ceil(cols.length / Math.max(2, Math.floor(width / 64))));
  return (
    <div
      class="plot"
      ref={box}
      role="img"
      aria-label={label}
      onPointerLeave={() => setAt(undefined)}
      onPointerMove={(e) => {
        const rect = box.current?.getBoundingClientRect();
        const px = e.clientX - (rect?.left ?? 0);
        const c = Math.floor(rtl ? (width - gutter - px) / cell : (px - gutter) / cell);
        const r = Math.floor((e.clientY - (rect?.top ?? 0)) / row);
        setAt(r >= 0 && r < rows.length && c >= 0 && c < cols.length ? [r, c] : undefined);
      }}
    >
      {width > 0 && height > 0 && (
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {rows.map((_, r) => (
            <g key={names[r]}>
              <text class="tick" x={rtl ? width - gutter + 8 : gutter - 8} y={r * row + row / 2} dy="0.32em" text-anchor={rtl ? "start" : "end"}>
                {names[r]}
              </text>
              {cols.map((col, c) => {
                const v = value(r, c);
                return (
                  <rect
                    key={String(col)}
                    class={v === null || v === 0 ? "cell none" : "cell"}
                    x={x(c) + 1}
                    y={r * row + 1}
                    width={Math.max(1, cell - 2)}
                    height={Math.max(1, row - 2)}
                    rx={3}
                    style={v ? { fillOpacity: 0.12 + 0.88 * Math.sqrt(Math.max(0, v) / high) } : {}}
                  />
                );
              })}
            </g>
          ))}
          {cols.map((col, c) =>
            c % every === 0 ? (
              <text key={String(col)} class="tick" x={x(c) + cell / 2} y={height - bottom + 16} text-anchor="middle">
                {write(across.field, col)}
              </text>
            ) : null,
          )}
        </svg>
      )}
      <p class="scale">
        <span>{say("less")}</span>
        {[0.12, 0.35, 0.6, 0.8, 1].map((o) => (
          <span key={o} class="step" style={{ opacity: o }} />
        ))}
        <span>{say("more")}</span>
        <span class="number">{formatNumber(high, measure.field.config, language, "short")}</span>
      </p>
      {at && (
        <Tooltip
          x={x(at[1]) + cell / 2}
          width={width}
          title={`${names[at[0]]} · ${write(across.field, cols[at[1]] ?? null)}`}
          lines={[{ label: labelOf(measure), value: formatNumber(value(...at), measure.field.config, language) }]}
        />
      )}
    </div>
  );
}

function distinct(values: Value[]): Value[] {
  return [...new Set(values)];
}

function short(field: Field, v: Value, language: "en" | "ar"): string | undefined {
  if (typeof v !== "number") return undefined;
  if (field.name === "weekday") return formatWeekday(v, language);
  if (field.name === "hour") return formatHour(v, language);
  return undefined;
}
