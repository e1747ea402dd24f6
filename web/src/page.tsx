import type { PageInfo } from "@go-dispatcher/client";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { useSurroundings } from "./context";
import { byName, columnsOf, numbers } from "./frame/columns";
import { pack } from "./layout/pack";
import { useSize } from "./layout/size";
import type { Answer } from "./model/answer";
import { addDays, dayIn } from "./model/days";
import { valuesOf } from "./model/filter";
import { requestOf } from "./model/request";
import type { View } from "./model/view";
import { formatNumber } from "./text/number";
import { Tile } from "./widget/tile";

interface Props {
  page: PageInfo;
  view: View;
  answer: Answer;
  onChange: (change: Partial<View>) => void;
}

/** The widgets of a page, in full rows. */
export function Page({ page, view, answer, onChange }: Props) {
  const { zone } = useSurroundings();
  const [box, width] = useSize<HTMLDivElement>();
  const alone = page.widgets.find((w) => w.id === view.widget);
  const absent = answer.absent.value;
  const there = page.widgets.filter((w) => !absent.has(w.id));
  const rows = useMemo(() => (alone ? [{ height: 0, cells: [{ id: alone.id, span: 60 }] }] : pack(there, width)), [page, width, alone, absent]);
  const filterable = new Set(page.filters?.map((f) => f.name));
  const renew = (id: string, more: Record<string, unknown>) => {
    const request = requestOf(view, page, Date.now());
    void answer.renew({ ...request, eventData: { ...request.eventData, ...more } }, id);
  };
  const select = (from: number, to: number) => {
    const range = { from: dayIn(zone, from), to: addDays(dayIn(zone, to), 1) };
    onChange({ range });
  };
  const pick = (member: string, value: string) => {
    const old = view.filters[member];
    const values = old?.kind === "in" ? valuesOf(old).filter((v) => v !== value) : [];
    onChange({ filters: { ...view.filters, [member]: { kind: "in", values: [...values, value] } } });
  };
  return (
    <div class={alone ? "widgets alone" : "widgets"} ref={box}>
      {width > 0 &&
        rows.flatMap((row) =>
          row.cells.map(({ id, span }) => {
            const info = page.widgets.find((w) => w.id === id);
            if (!info) return null;
            return (
              <div key={id} class="slot" style={alone ? {} : { gridColumn: `span ${span}`, blockSize: `${row.height}px` }}>
                <TileOf
                  page={page}
                  answer={answer}
                  info={info}
                  alone={alone !== undefined}
                  onAlone={(widget) => onChange({ widget })}
                  onRenew={renew}
                  onSelect={select}
                  onPick={info.dimensions?.some((d) => filterable.has(d.name)) ? pick : undefined}
                />
              </div>
            );
          }),
        )}
    </div>
  );
}

type TileOfProps = Omit<Parameters<typeof Tile>[0], "state" | "trend"> & { page: PageInfo; answer: Answer };

/** A tile with its state; a number gets the small line of the same measure where a series of the page has it over the same rows. */
function TileOf({ page, answer, ...rest }: TileOfProps) {
  const { info } = rest;
  const measure = info.measures?.[0]?.name;
  const series =
    info.kind === "stat" && measure
      ? page.widgets.find((w) => w.kind === "timeseries" && w.dataset === info.dataset && !w.dimensions?.length && w.measures?.some((m) => m.name === measure))
      : undefined;
  const state = series && answer.widget(series.id).value;
  const column = state?.phase === "data" && measure ? byName(columnsOf(state.data), measure) : undefined;
  return <Tile {...rest} state={answer.widget(info.id)} trend={column && numbers(column)} />;
}

/** How far the page is, for eyes as a line and for ears as a sentence. */
export function Progress({ answer }: { answer: Answer }) {
  const { say, language } = useSurroundings();
  const told = useSignal("");
  const asked = answer.asked.value;
  const arrived = Math.min(asked, answer.arrived.value);
  const complete = answer.complete.value;
  const connection = answer.connection.value;
  const number = (n: number) => formatNumber(n, {}, language);
  useEffect(() => {
    if (connection === "lost") told.value = say("lost");
    else if (complete) told.value = say("pageComplete", { n: number(asked) });
  }, [connection, complete]);
  const busy = !complete && connection !== "idle";
  return (
    <>
      <div class={busy ? "progress busy" : "progress"} aria-hidden="true">
        <span style={{ inlineSize: `${asked ? (arrived / asked) * 100 : 0}%` }} />
      </div>
      {connection === "lost" && <p class="banner warn">{say("lost")}</p>}
      <p class="hidden" aria-live="polite">
        {told.value}
      </p>
    </>
  );
}
