import type { Request, WidgetInfo } from "@go-dispatcher/client";
import type { Signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Popover } from "../controls/popover";
import { download } from "../export/download";
import { Icon } from "../icon";
import type { WidgetState } from "../model/answer";
import { Content, isChart } from "./content";
import { Details } from "./details";
import { Footer } from "./footer";
import { Empty, Failure, Skeleton } from "./states";

export interface TileProps {
  info: WidgetInfo;
  state: Signal<WidgetState>;
  trend: (number | null)[] | undefined;
  alone: boolean;
  onAlone: (id: string | undefined) => void;
  /** Asks for this widget alone, with further keys of eventData. */
  onRenew: (id: string, more: Request["eventData"]) => void;
  onSelect: (from: number, to: number) => void;
  onPick: ((member: string, value: string) => void) | undefined;
}

/** A widget with its head, its menu, and whatever state it is in. */
export function Tile({ info, state, trend, alone, onAlone, onRenew, onSelect, onPick }: TileProps) {
  const { say, language } = useSurroundings();
  const [asTable, setAsTable] = useState(false);
  const [details, setDetails] = useState(false);
  const [sort, setSort] = useState<string | undefined>(undefined);
  const [page, setPage] = useState(1);
  const [failed, setFailed] = useState("");
  const card = useRef<HTMLElement>(null);
  const now = state.value;
  const data = now.phase === "data" ? now.data : undefined;
  const title = data?.title || info.title || info.id;
  const turn = (cursor: string | undefined, to: number, order = sort) => {
    setPage(to);
    onRenew(info.id, { ...(cursor ? { cursor: { [info.id]: cursor } } : {}), ...(order ? { sort: order } : {}) });
  };
  const save = async (kind: "csv" | "xlsx" | "png") => {
    setFailed("");
    if (!data || !card.current) return;
    try {
      await download(kind, data, title, card.current, language);
    } catch (error) {
      setFailed(say("exportFailed", { why: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <section
      ref={card}
      class={`tile ${info.kind} ${now.phase === "data" && now.renewing ? "renewing" : ""}`}
      aria-labelledby={`t-${info.id}`}
      aria-busy={now.phase === "waiting"}
      data-widget={info.id}
      data-phase={now.phase}
    >
      <header>
        <h2 id={`t-${info.id}`} title={data?.description || info.description || undefined}>
          <bdi>{title}</bdi>
        </h2>
        {data && <Flags data={data} />}
        <Popover buttonClass="quiet" align="end" label={say("menu", { title })} button={<Icon name="menu" />}>
          {(close) => {
            const item = (icon: Parameters<typeof Icon>[0]["name"], text: string, act: () => void) => (
              <button
                type="button"
                class="item"
                onClick={() => {
                  close();
                  act();
                }}
              >
                <Icon name={icon} />
                {text}
              </button>
            );
            return (
              <>
                {item(alone ? "shrink" : "expand", say(alone ? "minimize" : "maximize"), () => onAlone(alone ? undefined : info.id))}
                {data && isChart(data.kind) && item(asTable ? "chart" : "table", say(asTable ? "asChart" : "asTable"), () => setAsTable(!asTable))}
                {data && item("info", say("details"), () => setDetails(true))}
                {item("refresh", say("reload"), () => turn(undefined, 1))}
                {data && item("file", say("downloadCSV"), () => save("csv"))}
                {data && item("file", say("downloadXLSX"), () => save("xlsx"))}
                {data && item("file", say("downloadPNG"), () => save("png"))}
              </>
            );
          }}
        </Popover>
      </header>
      <div class="body" {...(scrolls(info.kind, asTable) ? { tabIndex: 0, role: "group", "aria-label": title } : {})}>
        {now.phase === "waiting" && <Skeleton kind={info.kind} />}
        {now.phase === "error" && <Failure code={now.code} message={now.message} onRetry={() => onRenew(info.id, {})} />}
        {data && data.status === "empty" && <Empty />}
        {data && data.status !== "empty" && (
          <Content
            info={info}
            title={title}
            data={data}
            asTable={asTable}
            trend={trend}
            sort={sort}
            onSort={(order) => {
              setSort(order);
              turn(undefined, 1, order);
            }}
            onSelect={onSelect}
            onPick={onPick}
          />
        )}
      </div>
      {data && <Footer data={data} page={page} onTurn={turn} />}
      {failed && (
        <p class="tile-note" role="alert">
          {failed}
        </p>
      )}
      {details && data && <Details info={info} data={data} title={title} onClose={() => setDetails(false)} />}
    </section>
  );
}

const scrolls = (kind: string, asTable: boolean) => asTable || !["stat", "timeseries", "histogram", "heatmap"].includes(kind);

/** Signs of what one must know before one reads the numbers. */
function Flags({ data }: { data: Extract<WidgetState, { phase: "data" }>["data"] }) {
  const { say } = useSurroundings();
  const codes = new Set(data.notices?.map((n) => n.code));
  const text = (code: string) => data.notices?.find((n) => n.code === code)?.text;
  return (
    <>
      {codes.has("synthetic") && (
        <span class="flag" title={text("synthetic")}>
          {say("synthetic")}
        </span>
      )}
      {codes.has("stale") && (
        <span class="flag warn" title={text("stale")}>
          {say("stale")}
        </span>
      )}
      {data.status === "partial" && (
        <span class="flag warn" title={text("truncated")}>
          {say("partial")}
        </span>
      )}
    </>
  );
}
