import type { WidgetData } from "@go-dispatcher/client";
import { scaleLinear } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { useId, useMemo, useRef, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { type Panel, panelsOf } from "../frame/series";
import { useSize } from "../layout/size";
import { formatNumber } from "../text/number";
import { formatBucket, formatTick } from "../text/time";
import { Legend } from "./legend";
import { Tooltip } from "./tooltip";

interface Props {
  data: WidgetData;
  label: string;
  /** Called with the first and the last bucket of a stretch that was marked with the pointer. */
  onSelect?: (from: number, to: number) => void;
}

const bottom = 22;
const top = 10;

/** Lines over time, one panel below the other for each unit; the period before is dashed. */
export function LineChart({ data, label, onSelect }: Props) {
  const { language, say, rtl, zone: zoneHere, compare } = useSurroundings();
  const [box, width, height] = useSize<HTMLDivElement>();
  const { times, panels } = useMemo(() => panelsOf(data), [data]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | undefined>(undefined);
  const [mark, setMark] = useState<number | undefined>(undefined);
  const live = useRef<HTMLParagraphElement>(null);
  const zone = data.range?.zone ?? zoneHere;
  const write = (t: number) => formatBucket(t, data.grain, zone, language);

  const seen = panels.map((p) => ({ ...p, series: p.series.filter((s) => !hidden.has(s.name)) }));
  const scales = seen.map((p) => scaleOf(p, compare));
  const gutter = Math.max(28, ...seen.flatMap((p, i) => scales[i]!.ticks(4).map((t) => formatNumber(t, axisOf(p), language, "short").length * 6.6 + 10)));
  const inner = Math.max(10, width - gutter - 8);
  const step = inner / Math.max(1, times.length - 1);
  const x = (i: number) => (rtl ? width - gutter - i * step : gutter + i * step);
  const each = (height - bottom) / Math.max(1, seen.length);

  const nearest = (clientX: number) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const raw = (rtl ? width - gutter - (clientX - left) : clientX - left - gutter) / step;
    return Math.max(0, Math.min(times.length - 1, Math.round(raw)));
  };
  const tell = (i: number) => {
    if (live.current) live.current.textContent = [write(times[i]!), ...lines(i).map((l) => `${l.label}: ${l.value}`)].join(", ");
  };
  const lines = (i: number) =>
    seen.flatMap((p) =>
      p.series.map((s) => ({
        label: s.label,
        color: s.color,
        value: formatNumber(s.values[i], s.field.config, language),
        before: compare && s.previous ? formatNumber(s.previous[i], s.field.config, language) : undefined,
      })),
    );
  const keys = (event: KeyboardEvent) => {
    const ahead = rtl ? "ArrowLeft" : "ArrowRight";
    const behind = rtl ? "ArrowRight" : "ArrowLeft";
    let next: number | undefined;
    if (event.key === ahead) next = Math.min(times.length - 1, (at ?? -1) + 1);
    else if (event.key === behind) next = Math.max(0, (at ?? times.length) - 1);
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = times.length - 1;
    else if (event.key === "Escape") return setAt(undefined);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    tell(next);
  };
  const release = () => {
    if (mark !== undefined && at !== undefined && mark !== at) onSelect?.(times[Math.min(mark, at)]!, times[Math.max(mark, at)]!);
    setMark(undefined);
  };

  return (
    <div class="chart-and-legend">
      <Legend
        items={panels.flatMap((p) => p.series.map((s) => ({ name: s.name, label: s.label, color: s.color })))}
        hidden={hidden}
        onToggle={setHidden}
        dashed={compare && panels.some((p) => p.series.some((s) => s.previous)) ? say("previous") : undefined}
      />
      <div
        class="plot"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label={`${label}. ${say("chartKeys")}`}
        onKeyDown={keys}
        onBlur={() => setAt(undefined)}
        onPointerMove={(e) => setAt(nearest(e.clientX))}
        onPointerLeave={() => {
          setAt(undefined);
          setMark(undefined);
        }}
        onPointerDown={(e) => onSelect && e.pointerType === "mouse" && e.button === 0 && setMark(nearest(e.clientX))}
        onPointerUp={release}
      >
        {width > 0 && height > 0 && (
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            {seen.map((panel, p) => (
              <g key={panel.unit} transform={`translate(0 ${p * each})`}>
                <Plot panel={panel} scale={scales[p]!} height={each} width={width} gutter={gutter} x={x} incomplete={data.marks?.incomplete?.[0]} />
              </g>
            ))}
            {mark !== undefined && at !== undefined && (
              <rect class="marked" x={Math.min(x(mark), x(at))} width={Math.abs(x(mark) - x(at))} y={0} height={height - bottom} />
            )}
            <TimeAxis times={times} x={x} y={height} width={width} write={(t) => formatTick(t, data.grain, zone, language)} />
            {at !== undefined && <line class="cursor" x1={x(at)} x2={x(at)} y1={0} y2={height - bottom} />}
            {at !== undefined &&
              seen.map((panel, p) =>
                panel.series.map((s) => {
                  const v = s.values[at];
                  return v === null || v === undefined ? null : (
                    <circle key={s.name} class="dot" cx={x(at)} cy={p * each + scales[p]!.copy().range([each - 8, top])(v)} r={3.5} style={{ fill: s.color }} />
                  );
                }),
              )}
          </svg>
        )}
        {at !== undefined && times[at] !== undefined && (
          <Tooltip
            x={x(at)}
            width={width}
            title={write(times[at]) + (data.marks?.incomplete?.includes(at) ? ` · ${say("incomplete")}` : "")}
            lines={lines(at)}
          />
        )}
        <p class="hidden" aria-live="polite" ref={live} />
      </div>
    </div>
  );
}

const axisOf = (panel: Panel) => panel.series[0]?.field.config ?? {};

function scaleOf(panel: Panel, compare: boolean) {
  const all = panel.series.flatMap((s) => [...s.values, ...((compare && s.previous) || [])]).filter((v) => v !== null);
  const low = Math.min(0, ...all);
  const high = Math.max(...all, 0);
  return scaleLinear()
    .domain(low === high ? [0, 1] : [low, high])
    .nice(4);
}

interface PlotProps {
  panel: Panel;
  scale: ReturnType<typeof scaleOf>;
  height: number;
  width: number;
  gutter: number;
  x: (i: number) => number;
  incomplete: number | undefined;
}

function Plot({ panel, scale, height, width, gutter, x, incomplete }: PlotProps) {
  const { language, rtl, compare } = useSurroundings();
  const id = useId();
  const y = scale.copy().range([height - 8, top]);
  const path = line<number | null>()
    .defined((v) => v !== null)
    .x((_, i) => x(i))
    .y((v) => y(v ?? 0))
    .curve(curveMonotoneX);
  const fill = area<number | null>()
    .defined((v) => v !== null)
    .x((_, i) => x(i))
    .y0(y(0))
    .y1((v) => y(v ?? 0))
    .curve(curveMonotoneX);
  // What is not over yet is drawn dotted: it is bound to be low.
  const cut = (values: (number | null)[], from: number, to: number) => values.map((v, i) => (i >= from && i <= to ? v : null));
  const end = incomplete ?? Number.POSITIVE_INFINITY;
  const ticks = y.ticks(height < 110 ? 2 : 4);
  return (
    <>
      {ticks.map((t) => (
        <g key={t}>
          <line class={t === 0 ? "base" : "grid"} x1={rtl ? 8 : gutter} x2={rtl ? width - gutter : width - 8} y1={y(t)} y2={y(t)} />
          <text class="tick" x={rtl ? width - gutter + 8 : gutter - 8} y={y(t)} dy="0.32em" text-anchor={rtl ? "start" : "end"}>
            {formatNumber(t, axisOf(panel), language, "short")}
          </text>
        </g>
      ))}
      {panel.series.length === 1 && (
        <>
          <defs>
            <linearGradient id={id} x1="0" x2="0" y1="0" y2="1">
              <stop offset="0" style={{ stopColor: panel.series[0]!.color, stopOpacity: 0.2 }} />
              <stop offset="1" style={{ stopColor: panel.series[0]!.color, stopOpacity: 0 }} />
            </linearGradient>
          </defs>
          <path d={fill(panel.series[0]!.values) ?? ""} fill={`url(#${id})`} />
        </>
      )}
      {compare && panel.series.map((s) => s.previous && <path key={s.name} class="previous" d={path(s.previous) ?? ""} style={{ stroke: s.color }} />)}
      {panel.series.map((s) => (
        <g key={s.name}>
          <path class="series" d={path(cut(s.values, 0, end - 1)) ?? ""} style={{ stroke: s.color }} />
          {end < s.values.length && <path class="series unfinished" d={path(cut(s.values, end - 1, s.values.length)) ?? ""} style={{ stroke: s.color }} />}
          {s.values.map((v, i) =>
            v !== null && (s.values[i - 1] ?? null) === null && (s.values[i + 1] ?? null) === null ? (
              <circle key={String(i)} cx={x(i)} cy={y(v)} r={2} style={{ fill: s.color }} />
            ) : null,
          )}
        </g>
      ))}
    </>
  );
}

interface AxisProps {
  times: number[];
  x: (i: number) => number;
  y: number;
  width: number;
  write: (t: number) => string;
}

function TimeAxis({ times, x, y, width, write }: AxisProps) {
  const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor(width / 84))));
  return (
    <>
      {times.map((t, i) => {
        if (i % every !== 0) return null;
        const label = write(t);
        const half = label.length * 3.3;
        const at = Math.max(half, Math.min(width - half, x(i)));
        return (
          <text key={t} class="tick" x={at} y={y - 5} text-anchor="middle">
            {label}
          </text>
        );
      })}
    </>
  );
}
