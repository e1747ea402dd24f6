/**
 * An example for React: a component that gives a request has its widgets as they come, and asks anew when the request changes.
 *
 *   const { widgets, complete, online, error } = usePage(client, request);
 */
import { useEffect, useState } from "react";
import { type Client, type Complete, type Request, widgetOf } from "../src/index.js";

export interface Page {
  /** What came, by widget: data, or an error in its place. */
  widgets: Record<string, unknown>;
  complete?: Complete;
  /** False while the connection is lost; what is shown may be behind. */
  online: boolean;
  error?: unknown;
}

const nothing: Page = { widgets: {}, online: true };

/** The request must keep its identity while it stays the same (useMemo). */
export function usePage(client: Client, request: Request): Page {
  const [page, setPage] = useState<Page>(nothing);
  useEffect(() => {
    const ended = new AbortController();
    setPage(nothing);
    const run = async () => {
      const { request_id } = await client.submit(request, { signal: ended.signal, idempotencyKey: crypto.randomUUID() });
      let complete = false;
      ended.signal.addEventListener("abort", () => {
        if (!complete) client.cancel(request_id).catch(() => undefined); // it may have ended meanwhile
      });
      for await (const event of client.subscribe(request_id, { signal: ended.signal })) {
        switch (event.type) {
          case "connection":
            setPage((p) => ({ ...p, online: event.state === "open" }));
            break;
          case "reset":
            setPage(nothing);
            break;
          case "widget":
            setPage((p) => ({ ...p, widgets: { ...p.widgets, [widgetOf(event.message.eventName)]: event.message.eventData } }));
            break;
          case "complete":
            complete = true;
            setPage((p) => ({ ...p, complete: event.message.eventData }));
        }
      }
    };
    run().catch((error: unknown) => {
      if (!ended.signal.aborted) setPage((p) => ({ ...p, error }));
    });
    return () => ended.abort();
  }, [client, request]);
  return page;
}
