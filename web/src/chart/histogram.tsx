import type { WidgetData } from "@go-dispatcher/client";
import { scaleLinear } from "d3-scale";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { byRole, columnsOf, labelOf, numbers } from "../frame/columns";
import { useSize } from "../layout/size";
import { formatNumber } from "../text/number";
import { Tooltip } from "./tooltip";

const bottom = 22;
const top = 10;

/** Columns over bins of equal width; a bin without an end holds all that is above it. */
export function Histogram({ data, label }: { data: WidgetData; label: string }) {
  const { language, rtl, say } = useSurroundings();
  const [box, width, height] = useSize<HTMLDivElement>();
  const [at, setAt] = useState<number | undefined>(undefined);
  const columns = columnsOf(data);
  const edges = byRole(columns, "edge");
  const from = numbers(edges[0]);
  const to = numbers(edges[1]);
  const measure = byRole(columns, "measure")[0];
  if (!measure) return null;
  const values = numbers(measure);
  const unit = edges[0]?.field.config ?? {};
  const scale = scaleLinear()
    .domain([0, Math.max(1e-9, ...values.map((v) => v ?? 0))])
    .nice(4)
    .range([height - bottom, top]);
  const ticks = scale.ticks(4);
  const gutter = Math.max(28, ...ticks.map((t) => formatNumber(t, measure.field.config, language, "short").length * 6.6 + 10));
  const step = (width - gutter - 4) / Math.max(1, values.length);
  const x = (i: number) => (rtl ? width - gutter - (i + 1) * step : gutter + i * step);
  const edge = (v: number | null) => formatNumber(v, unit, language);
  const name = (i: number) => {
    const low = from[i] ?? null;
    const high = to[i] ?? null;
    return low === null ? `< ${edge(high)}` : high === null ? `≥ ${edge(low)}` : `${edge(low)} – ${edge(high)}`;
  };
  const every = Math.max(1, Math.ceil(values.length / Math.max(2, Math.floor(width / 70))));
  const halves = data.halves?.filter((h) => h.measure === measure.field.name) ?? [];
  return (
    <div
      class="plot"
      ref={box}
      role="img"
      aria-label={label}
      onPointerLeave={() => setAt(undefined)}
      onPointerMove={(e) => {
        const px = e.clientX - (box.current?.getBoundingClientRect().left ?? 0);
        const i = Math.floor(rtl ? (width - gutter - px) / step : (px - gutter) / step);
        setAt(i >= 0 && i < values.length ? i : undefined);
      }}
    >
      {width > 0 && height > 0 && (
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {ticks.map((t) => (
            <g key={t}>
              <line class={t === 0 ? "base" : "grid"} x1={rtl ? 4 : gutter} x2={rtl ? width - gutter : width - 4} y1={scale(t)} y2={scale(t)} />
              <text class="tick" x={rtl ? width - gutter + 8 : gutter - 8} y={scale(t)} dy="0.32em" text-anchor={rtl ? "start" : "end"}>
                {formatNumber(t, measure.field.config, language, "short")}
              </text>
            </g>
          ))}
          {values.map((v, i) => (
            <rect
              key={String(i)}
              class={at === i ? "column at" : "column"}
              x={x(i) + 1}
              width={Math.max(1, step - 2)}
              y={scale(v ?? 0)}
              height={Math.max(0, height - bottom - scale(v ?? 0))}
              rx={Math.min(3, step / 4)}
            />
          ))}
          {values.map((_, i) =>
            i % every === 0 ? (
              <text key={String(i)} class="tick" x={rtl ? x(i) + step : x(i)} y={height - 5} text-anchor={i === 0 ? (rtl ? "end" : "start") : "middle"}>
                {formatNumber(from[i], unit, language, "short")}
              </text>
            ) : null,
          )}
        </svg>
      )}
      {halves.length > 0 && <p class="chart-note">{halves.map((h) => say("half", { when: edge(h.at) })).join(" ")}</p>}
      {at !== undefined && (
        <Tooltip
          x={x(at) + step / 2}
          width={width}
          title={name(at)}
          lines={[{ label: labelOf(measure), value: formatNumber(values[at], measure.field.config, language) }]}
        />
      )}
    </div>
  );
}
