import { backoff, pause } from "./backoff.js";
import type { Complete, Message } from "./frame.js";
import { type Frame, Parser } from "./parse.js";
import { seenBefore } from "./position.js";
import { type Problem, ProblemError, problemOf } from "./problem.js";

/** What a subscription yields. `connection` events are the subscription's own: they say whether what is shown may be behind. */
export type StreamEvent =
  | { type: "hello"; id: string | undefined; epoch: string; resumed: boolean }
  | { type: "widget"; id: string | undefined; message: Message }
  | { type: "complete"; id: string | undefined; message: Message<Complete> }
  | { type: "reset"; id: string | undefined; reason: string }
  | { type: "connection"; state: "open" }
  | { type: "connection"; state: "lost"; attempt: number; retryIn: number; error: unknown };

export interface SubscribeOptions {
  /** Ends the subscription: the iteration then just ends. */
  signal?: AbortSignal;
  /** Where to go on: the id of the last event seen. */
  lastEventId?: string;
  /** Whether to go on after a `complete` that no round of the same request follows: on a routing key's stream. */
  follow?: boolean;
  /** No byte for so many milliseconds, heartbeats included, and the connection counts as dead. Default 40,000. */
  silence?: number;
  /** First pause before reconnecting in milliseconds, unless the server sends `retry:`. Default 1,000. */
  retry?: number;
  /** Longest pause. Default 30,000. */
  longestRetry?: number;
}

type Open = (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>;

/**
 * Follows a stream of events over as many connections as it takes, each resumed where the one before ended. An event that was seen is not
 * yielded again. It ends after the last `complete` (unless `follow`), with the signal, or throws a ProblemError where asking again would not help.
 */
export async function* follow(open: Open, options: SubscribeOptions = {}): AsyncGenerator<StreamEvent, void, void> {
  const { signal, silence = 40_000, longestRetry = 30_000 } = options;
  let last = options.lastEventId;
  let retry = options.retry ?? 1_000;
  let attempt = 0;
  while (!signal?.aborted) {
    const connection = new AbortController();
    const abort = () => connection.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    let failure: unknown;
    try {
      const watch = watchdog(silence, connection);
      try {
        const response = await open(last, connection.signal);
        if (response.status === 204) return;
        if (!response.ok || !response.body) throw await problemOf(response);
        yield { type: "connection", state: "open" };
        for await (const frame of frames(response.body, watch.fed, (ms) => (retry = ms))) {
          attempt = 0;
          const event = read(frame);
          if (!event || (event.id !== undefined && event.type !== "hello" && event.type !== "reset" && seenBefore(event.id, last))) continue;
          last = event.id ?? last;
          yield event;
          if (event.type === "complete" && !options.follow && !event.message.eventData.live?.next_at) return;
        }
        failure = new Error("the server closed the stream");
      } finally {
        watch.stop();
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof ProblemError && isFinal(error.status)) throw error;
      failure = error;
    } finally {
      signal?.removeEventListener("abort", abort);
      connection.abort();
    }
    attempt++;
    const asked = failure instanceof ProblemError && failure.retryAfter ? failure.retryAfter * 1000 : 0;
    const retryIn = Math.max(asked, backoff(attempt, retry, longestRetry));
    yield { type: "connection", state: "lost", attempt, retryIn, error: failure };
    await pause(retryIn, signal);
  }
}

/** Refusals that another try would meet again; 408, 425, 429 and what is wrong on the server's side pass. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

function watchdog(ms: number, connection: AbortController): { fed: () => void; stop: () => void } {
  const expire = () => connection.abort(new Error(`no sign of life for ${ms / 1000} s`));
  let timer = setTimeout(expire, ms);
  return {
    fed: () => {
      clearTimeout(timer);
      timer = setTimeout(expire, ms);
    },
    stop: () => clearTimeout(timer),
  };
}

async function* frames(body: ReadableStream<Uint8Array>, fed: () => void, retry: (ms: number) => void): AsyncGenerator<Frame> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new Parser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      fed();
      yield* parser.push(decoder.decode(value, { stream: true }));
      if (parser.retry !== undefined) retry(parser.retry);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it may be closed already
  }
}

/** Reads a frame; one that a later server may send beside these is left out. */
function read(frame: Frame): Exclude<StreamEvent, { type: "connection" }> | undefined {
  const data = JSON.parse(frame.data);
  switch (frame.event) {
    case "hello":
      return { type: "hello", id: frame.id, epoch: String(data.epoch), resumed: data.resumed === true };
    case "widget":
      return { type: "widget", id: frame.id, message: data };
    case "complete":
      return { type: "complete", id: frame.id, message: data };
    case "reset":
      return { type: "reset", id: frame.id, reason: String(data.reason) };
    case "error":
      throw new ProblemError(data as Problem);
    default:
      return undefined;
  }
}
