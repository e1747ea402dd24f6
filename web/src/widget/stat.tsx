import type { Value, WidgetData } from "@go-dispatcher/client";
import { Sparkline } from "../chart/sparkline";
import { useSurroundings } from "../context";
import { byRole, type Column, columnsOf, companion, labelOf } from "../frame/columns";
import { formatChange, formatNumber } from "../text/number";

interface Props {
  data: WidgetData;
  title: string;
  /** The same measure over time, where a series of the page has it. */
  trend: (number | null)[] | undefined;
}

/** A number with its change, and smaller ones beside it. */
export function Stat({ data, title, trend }: Props) {
  const { language, compare, say } = useSurroundings();
  const columns = columnsOf(data);
  const [first, ...rest] = byRole(columns, "measure");
  if (!first) return null;
  const value = first.values[0] ?? null;
  const name = labelOf(first);
  return (
    <div class="stat">
      <div class="stat-head">
        <p class="stat-value number" title={formatNumber(value, first.field.config, language)}>
          {formatNumber(value, first.field.config, language, Math.abs(Number(value)) >= 1e6 ? "short" : "full")}
        </p>
        {compare && <Change columns={columns} measure={first} />}
      </div>
      {name !== title && <p class="stat-name">{name}</p>}
      {rest.length > 0 ? (
        <dl class="stat-more">
          {rest.slice(0, 3).map((c) => (
            <div key={c.field.name}>
              <dt title={labelOf(c)}>{labelOf(c)}</dt>
              <dd class="number">{formatNumber(c.values[0], c.field.config, language, "short")}</dd>
            </div>
          ))}
        </dl>
      ) : trend ? (
        <Sparkline values={trend} />
      ) : (
        compare && <Before columns={columns} measure={first} say={(v) => say("before", { value: v })} />
      )}
    </div>
  );
}

function Before({ columns, measure, say }: { columns: Column[]; measure: Column; say: (value: string) => string }) {
  const { language } = useSurroundings();
  const before = companion(columns, measure, "previous")?.values[0];
  if (typeof before !== "number") return null;
  return <p class="stat-before">{say(formatNumber(before, measure.field.config, language))}</p>;
}

/** How a number moved: arrow and color say the same, so that none is needed. */
export function Change({ columns, measure, row = 0, none }: { columns: Column[]; measure: Column; row?: number; none?: string }) {
  const { language, say } = useSurroundings();
  const ratio = companion(columns, measure, "ratio");
  if (!ratio) return null;
  const v = ratio.values[row] ?? null;
  if (typeof v !== "number") return <span class="change neutral">{none ?? say("noComparison")}</span>;
  if (v === 0) return <span class="change neutral">{say("unchanged")}</span>;
  const before = companion(columns, measure, "previous")?.values[row];
  return (
    <span
      class={`change ${judge(v, ratio)}`}
      title={typeof before === "number" ? say("before", { value: formatNumber(before, measure.field.config, language) }) : undefined}
    >
      <span aria-hidden="true">{v > 0 ? "▲" : "▼"}</span> {formatChange(v, { unit: "percentunit", decimals: Math.abs(v) < 0.1 ? 1 : 0 }, language)}
    </span>
  );
}

function judge(v: Value & number, ratio: Column): "good" | "bad" | "neutral" {
  const { neutralRange, downIsGood } = ratio.field.config;
  if (neutralRange && v >= neutralRange[0] && v <= neutralRange[1]) return "neutral";
  return v < 0 === (downIsGood ?? false) ? "good" : "bad";
}
