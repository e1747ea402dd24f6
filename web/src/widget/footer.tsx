import type { WidgetData } from "@go-dispatcher/client";
import { useSurroundings } from "../context";
import { rowsOf } from "../frame/columns";
import { Icon } from "../icon";
import { formatNumber } from "../text/number";

interface Props {
  data: WidgetData;
  page: number;
  onTurn: (cursor: string | undefined, page: number) => void;
}

/** Which rows of how many, and the way to the next ones. */
export function Footer({ data, page, onTurn }: Props) {
  const { say, language, rtl } = useSurroundings();
  const { paging } = data;
  if (!paging || data.kind === "tree" || (paging.next_cursor === null && page === 1)) return null;
  const number = (n: number) => formatNumber(n, {}, language);
  return (
    <footer>
      <span class="muted number">
        {paging.total !== undefined ? say("showing", { n: number(rowsOf(data)), m: number(paging.total) }) : say("page", { n: number(page) })}
      </span>
      <button type="button" class="control small" disabled={page === 1} onClick={() => onTurn(undefined, 1)}>
        {say("first")}
      </button>
      <button
        type="button"
        class="control small"
        disabled={paging.next_cursor === null}
        onClick={() => paging.next_cursor && onTurn(paging.next_cursor, page + 1)}
      >
        {say("next")}
        <Icon name={rtl ? "left" : "right"} />
      </button>
    </footer>
  );
}
