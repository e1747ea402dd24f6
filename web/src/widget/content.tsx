import type { WidgetData, WidgetInfo } from "@go-dispatcher/client";
import { Geo, isGeo } from "../chart/geo";
import { Heatmap } from "../chart/heatmap";
import { Histogram } from "../chart/histogram";
import { LineChart } from "../chart/line";
import { Alert } from "./alert";
import { Breakdown } from "./breakdown";
import { Feed } from "./feed";
import { Stat } from "./stat";
import { Table } from "./table";
import { Terms } from "./terms";
import { Tree } from "./tree";

export interface ContentProps {
  info: WidgetInfo;
  title: string;
  data: WidgetData;
  asTable: boolean;
  trend: (number | null)[] | undefined;
  sort: string | undefined;
  onSort: (sort: string) => void;
  onSelect: (from: number, to: number) => void;
  onPick: ((member: string, value: string) => void) | undefined;
}

/** Draws data by its kind; a kind that this version does not know is a table. */
export function Content(props: ContentProps) {
  const { data, title, asTable } = props;
  if (asTable) return <Table data={data} title={title} />;
  switch (data.kind) {
    case "stat":
      return <Stat data={data} title={title} trend={props.trend} />;
    case "timeseries":
      return <LineChart data={data} label={title} onSelect={props.onSelect} />;
    case "breakdown":
      return isGeo(data) ? <Geo data={data} label={title} onPick={props.onPick} /> : <Breakdown data={data} onPick={props.onPick} />;
    case "histogram":
      return <Histogram data={data} label={title} />;
    case "heatmap":
      return <Heatmap data={data} label={title} />;
    case "feed":
      return <Feed data={data} />;
    case "trend":
    case "keyness":
      return <Terms data={data} />;
    case "tree":
      return <Tree data={data} />;
    case "alert":
      return <Alert data={data} title={title} />;
    default:
      return <Table data={data} title={title} sortable={props.info.sortable} sort={props.sort} onSort={props.onSort} />;
  }
}

/** Kinds that are drawn, and can be read as a table instead. */
export const isChart = (kind: string): boolean => !["table"].includes(kind);
