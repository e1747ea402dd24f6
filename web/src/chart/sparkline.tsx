import { area, curveMonotoneX, line } from "d3-shape";
import { useSurroundings } from "../context";

const width = 100;
const height = 28;

/** A small line without axes, as wide as its place. */
export function Sparkline({ values, color = "var(--c0)" }: { values: (number | null)[]; color?: string }) {
  const { rtl } = useSurroundings();
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return null;
  const low = Math.min(0, ...known);
  const high = Math.max(...known);
  const x = (i: number) => ((rtl ? values.length - 1 - i : i) / (values.length - 1)) * width;
  const y = (v: number) => (high === low ? height / 2 : height - 2 - ((v - low) / (high - low)) * (height - 4));
  const stroke = line<number | null>()
    .defined((v) => v !== null)
    .x((_, i) => x(i))
    .y((v) => y(v ?? 0))
    .curve(curveMonotoneX);
  const fill = area<number | null>()
    .defined((v) => v !== null)
    .x((_, i) => x(i))
    .y0(height)
    .y1((v) => y(v ?? 0))
    .curve(curveMonotoneX);
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={fill(values) ?? ""} style={{ fill: color, opacity: 0.12 }} />
      <path d={stroke(values) ?? ""} style={{ stroke: color }} class="spark" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
