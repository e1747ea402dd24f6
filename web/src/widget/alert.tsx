import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { columnsOf, rowsOf } from "../frame/columns";
import { formatNumber } from "../text/number";
import { Table } from "./table";

/** An alert's verdict with the numbers that led to it, and its evidence below. */
export function Alert({ data, title }: { data: WidgetData; title: string }) {
  const { language, say } = useSurroundings();
  const verdict = data.alert;
  if (!verdict) return <Table data={data} title={title} />;
  const config = columnsOf(data).find((c) => c.field.name === verdict.rule.measure)?.field.config ?? { unit: verdict.rule.unit };
  return (
    <div class="alert">
      <p class={`verdict ${verdict.fired ? "fired" : ""}`}>
        <b>{say(verdict.fired ? "fired" : "quiet")}</b> {verdict.reason}
      </p>
      <p class="muted">{verdict.rule.text}</p>
      <dl class="stat-more">
        {verdict.subject && (
          <div>
            <dt>{columnsOf(data)[0]?.field.config.displayName}</dt>
            <dd>
              <bdi>{verdict.subject}</bdi>
            </dd>
          </div>
        )}
        <Fact name={say("value")} text={formatNumber(verdict.value, config, language)} />
        <Fact name={say("bound")} text={formatNumber(verdict.bound, config, language)} />
        {verdict.score !== null && <Fact name={say("score")} text={formatNumber(verdict.score, { decimals: 1 }, language)} />}
      </dl>
      {rowsOf(data) > 0 && <Table data={data} title={title} />}
    </div>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{text}</dd>
    </div>
  );
}
