import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Client } from "../src/client.js";
import { ProblemError } from "../src/problem.js";
import type { StreamEvent, SubscribeOptions } from "../src/subscribe.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Serves the answers one after the other, the last one again and again. */
async function server(...answers: Answer[]): Promise<{ client: Client; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(request);
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    http.closeAllConnections();
    http.close();
  });
  return { client: new Client({ baseURL: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, token: "t" }), asked };
}

function stream(text: string, then: "end" | "cut" | "stay"): Answer {
  return (_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(text, () => {
      if (then === "end") response.end();
      if (then === "cut") response.socket?.destroy();
    });
  };
}

const refuse =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ status, code, detail: "no" }));
  };

const hello = 'id: e.0-0\nevent: hello\ndata: {"epoch":"e","resumed":false}\n\n';
const widget = (id: string, name = "a") => `id: ${id}\nevent: widget\ndata: {"eventName":"P__${name}","eventData":{}}\n\n`;
const complete = (id: string) => `id: ${id}\nevent: complete\ndata: {"eventName":"P__Complete","eventData":{"status":"complete"}}\n\n`;

const fast: SubscribeOptions = { retry: 1, longestRetry: 5 };

async function all(events: AsyncIterable<StreamEvent>): Promise<string[]> {
  const got: string[] = [];
  for await (const e of events) got.push(e.type === "connection" ? e.state : e.type + (e.id ? ` ${e.id}` : ""));
  return got;
}

test("what is asked by name and token ends with complete", async () => {
  const { client, asked } = await server(stream(hello + widget("e.1-0") + complete("e.2-0"), "stay"));
  expect(await all(client.subscribe("r/1", fast))).toEqual(["open", "hello e.0-0", "widget e.1-0", "complete e.2-0"]);
  expect(asked[0]?.url).toBe("/v1/requests/r%2F1/events");
  expect(asked[0]?.headers.authorization).toBe("Bearer t");
  expect(asked[0]?.headers.accept).toBe("text/event-stream");
});

test("a lost connection is resumed, and what comes again is not told again", async () => {
  const again = 'id: e.1-0\nevent: hello\ndata: {"epoch":"e","resumed":true}\n\n';
  const { client, asked } = await server(
    stream(hello + widget("e.1-0"), "cut"),
    refuse(503, "starting"),
    stream(again + widget("e.1-0") + widget("e.1-1") + complete("e.2-0"), "stay"),
  );
  expect(await all(client.subscribe("r", fast))).toEqual([
    ...["open", "hello e.0-0", "widget e.1-0", "lost", "lost"],
    ...["open", "hello e.1-0", "widget e.1-1", "complete e.2-0"],
  ]);
  expect(asked.map((r) => r.headers["last-event-id"])).toEqual([undefined, "e.1-0", "e.1-0"]);
});

test("after a reset of another epoch lower ids are new", async () => {
  const reset = 'id: f.0-0\nevent: reset\ndata: {"reason":"epoch"}\n\n';
  const { client } = await server(stream(hello + widget("e.9-0"), "end"), stream(reset + widget("f.1-0") + complete("f.2-0"), "stay"));
  expect(await all(client.subscribe("r", fast))).toEqual([
    ...["open", "hello e.0-0", "widget e.9-0", "lost"],
    ...["open", "reset f.0-0", "widget f.1-0", "complete f.2-0"],
  ]);
});

test("silence is a lost connection", async () => {
  const { client } = await server(stream(hello, "stay"), stream(hello + complete("e.1-0"), "stay"));
  expect(await all(client.subscribe("r", { ...fast, silence: 50 }))).toEqual([
    ...["open", "hello e.0-0", "lost", "open", "hello e.0-0", "complete e.1-0"],
  ]);
});

test("a refusal ends it with what the server says", async () => {
  const { client, asked } = await server(refuse(403, "other_tenant"));
  await expect(all(client.subscribe("r", fast))).rejects.toMatchObject({ code: "other_tenant", status: 403 });
  expect(asked).toHaveLength(1);
});

test("an error event ends it", async () => {
  const { client } = await server(stream(`${hello}event: error\ndata: {"status":401,"code":"expired"}\n\n`, "stay"));
  await expect(all(client.subscribe("r", fast))).rejects.toBeInstanceOf(ProblemError);
});

test("the pause is what the server asks for", async () => {
  const { client } = await server(stream(`retry: 2\n\n${hello}`, "end"), refuse(429, "slow_down", { "Retry-After": "3600" }));
  const stop = new AbortController();
  const pauses: number[] = [];
  for await (const e of client.subscribe("r", { signal: stop.signal, retry: 1e6 })) {
    if (e.type !== "connection" || e.state !== "lost") continue;
    pauses.push(e.retryIn);
    if (pauses.length === 2) stop.abort();
  }
  expect(pauses[0]).toBeLessThanOrEqual(2);
  expect(pauses[1]).toBe(3_600_000);
});

test("the signal ends it without an error, also while it waits", async () => {
  const { client } = await server(stream(hello, "stay"));
  const stop = new AbortController();
  const got: string[] = [];
  for await (const e of client.subscribe("r", { signal: stop.signal })) {
    got.push(e.type);
    if (e.type === "hello") stop.abort();
  }
  expect(got).toEqual(["connection", "hello"]);
});

test("a live dashboard goes on until its last round", async () => {
  const round = (id: string, live: object) => `id: ${id}\nevent: complete\ndata: ${JSON.stringify({ eventName: "P__Complete", eventData: { live } })}\n\n`;
  const { client } = await server(
    stream(hello + round("e.1-0", { round: 0, next_at: "2026-01-01T00:00:00Z" }) + widget("e.2-0") + round("e.3-0", { round: 1, ended: "time_is_up" }), "stay"),
  );
  expect(await all(client.subscribe("r", fast))).toEqual(["open", "hello e.0-0", "complete e.1-0", "widget e.2-0", "complete e.3-0"]);
});

test("it goes on after complete where it follows", async () => {
  const { client } = await server(stream(hello + complete("e.1-0") + widget("e.2-0") + complete("e.3-0"), "stay"));
  const stop = new AbortController();
  const got: string[] = [];
  for await (const e of client.subscribeStream("web:1:x", { signal: stop.signal })) {
    if (e.type !== "connection") got.push(e.type);
    if (got.length === 4) stop.abort();
  }
  expect(got).toEqual(["hello", "complete", "widget", "complete"]);
});
