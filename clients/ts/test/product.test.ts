import { expect, test } from "vitest";
import { Client, isWidgetData, ProblemError, type StreamEvent, widgetOf } from "../src/index.js";

// A server of the product, with a consumer behind it and no authentication: DISPATCHER_TEST_URL=http://127.0.0.1:8080
const url = process.env.DISPATCHER_TEST_URL ?? "";

const request = { eventName: "insights", eventData: { company_id: "1", start_date: "2002-09-01", end_date: "2002-09-30" } };

async function all(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const out: StreamEvent[] = [];
  for await (const e of events) out.push(e);
  return out;
}

test.skipIf(!url)("a page is asked, followed, resumed and polled", async () => {
  const client = new Client({ baseURL: url });
  const accepted = await client.submit(request, { idempotencyKey: `client-${Date.now()}` });
  const events = await all(client.subscribe(accepted.request_id));
  const widgets = events.filter((e) => e.type === "widget");
  const complete = events.at(-1);
  expect(complete?.type).toBe("complete");
  expect(complete?.type === "complete" && complete.message.eventData.widgets_asked.length).toBe(widgets.length);
  const total = widgets.find((e) => widgetOf(e.message.eventName) === "total_posts");
  expect(total && isWidgetData(total.message.eventData) && total.message.eventData.data.values[0]).toEqual([1240]);

  const middle = widgets[Math.floor(widgets.length / 2)];
  const rest = await all(client.subscribe(accepted.request_id, middle?.id ? { lastEventId: middle.id } : {}));
  expect(rest.filter((e) => e.type === "widget").map((e) => e.id)).toEqual(widgets.slice(widgets.indexOf(middle!) + 1).map((e) => e.id));

  const state = await client.request(accepted.request_id);
  expect(state.status).toBe("complete");
  expect(Object.keys(state.widgets)).toHaveLength(widgets.length);
  expect((await client.widget(accepted.request_id, "total_posts")).eventName).toBe("ResearchInsightsPage__total_posts");
});

test.skipIf(!url)("pages, their filters' values, and refusals", async () => {
  const client = new Client({ baseURL: url });
  expect((await client.pages({ language: "ar" })).find((p) => p.id === "ResearchInsightsPage")?.title).toBe("الرؤى");
  const page = await client.page("ResearchInsightsPage");
  const sentiment = page.filters?.find((f) => f.name === "sentiment");
  const { values } = await client.members(sentiment?.values ?? "", { parameters: { company_id: "1", start_date: "2002-09-01", end_date: "2002-09-30" } });
  expect(values.map((v) => [v.value, v.count])).toEqual([
    ["positive", 523],
    ["neutral", 418],
    ["negative", 299],
  ]);
  await expect(client.page("NoSuchPage")).rejects.toMatchObject({ status: 404, code: "unknown_page" });
  await expect(client.submit({ eventName: "no_such_event", eventData: { company_id: "1" } })).rejects.toBeInstanceOf(ProblemError);
});

test.skipIf(!url)("a live dashboard is followed over its rounds, and stops when it is cancelled", async () => {
  const client = new Client({ baseURL: url });
  const { request_id } = await client.submit({ ...request, eventData: { ...request.eventData, is_live_dashboard: true, live_interval: 1 } });
  let rounds = 0;
  for await (const e of client.subscribe(request_id)) if (e.type === "complete" && ++rounds === 2) await client.cancel(request_id);
  expect(rounds).toBe(3);
});
