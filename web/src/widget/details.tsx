import type { Range, WidgetData, WidgetInfo } from "@go-dispatcher/client";
import { useEffect, useRef } from "preact/hooks";
import { useSurroundings } from "../context";
import { byRole, columnsOf, labelOf } from "../frame/columns";
import { Icon } from "../icon";
import { formatNumber } from "../text/number";
import { formatAge, formatTime } from "../text/time";

interface Props {
  info: WidgetInfo;
  data: WidgetData;
  title: string;
  onClose: () => void;
}

/** Where a widget's numbers come from, what they cost, how old they are, and what they mean. */
export function Details({ info, data, title, onClose }: Props) {
  const { say, language, zone } = useSurroundings();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const number = (n: number | undefined, unit?: string) => (n === undefined ? "–" : formatNumber(n, unit ? { unit } : {}, language));
  const range = (r: Range) => `${formatTime(Date.parse(r.from), r.zone, language)} – ${formatTime(Date.parse(r.to), r.zone, language)} (${r.zone})`;
  const described = byRole(columnsOf(data), "measure").filter((c) => c.field.config.description);
  return (
    <dialog
      ref={dialog}
      class="details"
      aria-labelledby={`d-${info.id}`}
      onClose={onClose}
      onClick={(e) => e.target === e.currentTarget && e.currentTarget.close()}
    >
      <header>
        <h2 id={`d-${info.id}`}>{title}</h2>
        <button type="button" class="quiet" aria-label={say("close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {(data.description || info.description) && <p>{data.description || info.description}</p>}
      <dl class="facts">
        <dt>{say("asOf")}</dt>
        <dd>
          {formatTime(Date.parse(data.as_of), zone, language)} ({formatAge(data.age_seconds, language)})
        </dd>
        {data.range && (
          <>
            <dt>{say("period")}</dt>
            <dd>{range(data.range)}</dd>
          </>
        )}
        {data.comparison && (
          <>
            <dt>{say("comparedWith")}</dt>
            <dd>{range(data.comparison)}</dd>
          </>
        )}
        {info.dataset && (
          <>
            <dt>{say("dataset")}</dt>
            <dd>
              <code>{info.dataset}</code>
            </dd>
          </>
        )}
        <dt>{say("time")}</dt>
        <dd class="number">
          {number(data.stats.elapsed_ms, "ms")} · {say("rows")} {number(data.stats.rows)}
        </dd>
      </dl>
      {data.stats.sources.length > 0 && (
        <table class="grid-table">
          <thead>
            <tr>
              <th scope="col">{say("source")}</th>
              <th scope="col">{say("role")}</th>
              <th scope="col" class="number">
                {say("rows")}
              </th>
              <th scope="col" class="number">
                {say("scanned")}
              </th>
              <th scope="col" class="number">
                {say("bytes")}
              </th>
              <th scope="col" class="number">
                {say("time")}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.stats.sources.map((s, i) => (
              <tr key={String(i)}>
                <td>
                  {s.source}
                  {s.shared && <span class="chip">{say("shared")}</span>}
                </td>
                <td>{s.role}</td>
                <td class="number">{number(s.rows)}</td>
                <td class="number">{number(s.scanned)}</td>
                <td class="number">{number(s.bytes, "bytes")}</td>
                <td class="number">{number(s.elapsed_ms, "ms")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {described.length > 0 && (
        <>
          <h3>{say("measures")}</h3>
          <dl class="facts">
            {described.map((c) => (
              <div key={c.field.name}>
                <dt>{labelOf(c)}</dt>
                <dd>{c.field.config.description}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {data.notices && data.notices.length > 0 && (
        <>
          <h3>{say("notices")}</h3>
          <ul class="notices">
            {data.notices.map((n) => (
              <li key={n.code + n.text} class={n.severity}>
                {n.text}
              </li>
            ))}
          </ul>
        </>
      )}
    </dialog>
  );
}
