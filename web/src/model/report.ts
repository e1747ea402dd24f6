import { type Client, isFailure, type Request, type StoredFile } from "@go-dispatcher/client";
import { safeURL } from "../frame/value";

/** Asks for the page as a report and returns where its PDF is, or its HTML where no PDF could be made. */
export async function makeReport(client: Client, request: Request): Promise<string> {
  const accepted = await client.submit({ ...request, eventData: { ...request.eventData, is_newsletter_report: true } });
  for await (const event of client.subscribe(accepted.request_id)) {
    if (event.type === "complete") throw new Error(event.message.eventData.error?.message ?? event.message.eventData.status);
    if (event.type !== "widget") continue;
    const data = event.message.eventData as { html?: StoredFile; pdf?: StoredFile };
    if (isFailure(data)) throw new Error(data.error.message);
    const url = safeURL((data.pdf ?? data.html)?.url ?? "");
    if (url) return url;
  }
  throw new Error("no file");
}
