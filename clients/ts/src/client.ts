import type {
  Accepted,
  Buffer,
  MemberValues,
  PageInfo,
  PageSummary,
  Request,
  RequestState,
  Session,
} from "./api.js";
import type { Message } from "./frame.js";
import { problemOf } from "./problem.js";
import { follow, type StreamEvent, type SubscribeOptions } from "./subscribe.js";

export interface ClientOptions {
  /** Where the server is, for example `https://dispatcher.example`; the page's own origin when left out. */
  baseURL?: string;
  /** A token, or what gets a fresh one for each call; none where a session cookie says who asks. */
  token?: string | (() => string | Promise<string>);
  /** Another fetch. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** The HTTP API of a Dispatcher server. Its methods throw a ProblemError where the server refuses, and fetch's own error where it is not reached. */
export class Client {
  readonly #base: string;
  readonly #token: ClientOptions["token"];
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions = {}) {
    this.#base = (options.baseURL ?? "").replace(/\/+$/, "");
    this.#token = options.token;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** Sends a request. With the same idempotency key it is one request, however often it is sent. */
  submit(request: Request, options: CallOptions & { idempotencyKey?: string } = {}): Promise<Accepted> {
    const headers: Record<string, string> = {};
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
    return this.#json("POST", "/v1/requests", { body: request, headers, signal: options.signal });
  }

  /** Follows what comes of a request, from its start, until it is complete; a live dashboard until its last round. */
  subscribe(requestId: string, options: SubscribeOptions = {}): AsyncGenerator<StreamEvent, void, void> {
    return this.#follow(`/v1/requests/${encodeURIComponent(requestId)}/events`, options);
  }

  /** Follows a routing key: all that is sent to it, of whichever request. */
  subscribeStream(routingKey: string, options: SubscribeOptions = {}): AsyncGenerator<StreamEvent, void, void> {
    return this.#follow(`/v1/streams/${encodeURIComponent(routingKey)}/events`, { follow: true, ...options });
  }

  /** The state of a request, for those who poll. */
  request(requestId: string, options: CallOptions = {}): Promise<RequestState> {
    return this.#json("GET", `/v1/requests/${encodeURIComponent(requestId)}`, options);
  }

  /** The newest message of one widget; a ProblemError with code `not_ready` until there is one. */
  widget(requestId: string, widget: string, options: CallOptions = {}): Promise<Message> {
    return this.#json("GET", `/v1/requests/${encodeURIComponent(requestId)}/widgets/${encodeURIComponent(widget)}`, options);
  }

  /** Stops a request that nobody waits for any more. */
  async cancel(requestId: string, options: CallOptions = {}): Promise<void> {
    await this.#call("DELETE", `/v1/requests/${encodeURIComponent(requestId)}`, options);
  }

  /** The poll buffer of a routing key. */
  buffer(routingKey: string, options: CallOptions = {}): Promise<Buffer> {
    return this.#json("GET", `/v1/buffers/${encodeURIComponent(routingKey)}`, options);
  }

  /** The pages that the caller may ask. */
  async pages(options: CallOptions & { language?: string } = {}): Promise<PageSummary[]> {
    const body = await this.#json<{ pages: PageSummary[] }>("GET", `/v1/pages${query({ language: options.language })}`, options);
    return body.pages;
  }

  /** What a form and a dashboard need to know of a page. */
  page(id: string, options: CallOptions & { product?: string; language?: string } = {}): Promise<PageInfo> {
    const { product, language } = options;
    return this.#json("GET", `/v1/pages/${encodeURIComponent(id)}${query({ product, language })}`, options);
  }

  /** The values of a filter member with their counts. `path` is the `values` of the page's filter. */
  members(
    path: string,
    options: CallOptions & { product?: string; search?: string; limit?: number; parameters?: Record<string, string> } = {},
  ): Promise<MemberValues> {
    const { product, search, limit, parameters, signal } = options;
    const more = query({ product, search, limit, ...parameters });
    return this.#json("GET", path.includes("?") ? path + more.replace("?", "&") : path + more, { signal });
  }

  /** Puts a token into the session cookie. */
  login(token: string, options: CallOptions = {}): Promise<Session> {
    return this.#json("POST", "/v1/session", { headers: { Authorization: `Bearer ${token}` }, signal: options.signal });
  }

  /** Who one is. */
  session(options: CallOptions = {}): Promise<Session> {
    return this.#json("GET", "/v1/session", options);
  }

  /** Ends the session. */
  async logout(options: CallOptions = {}): Promise<void> {
    await this.#call("DELETE", "/v1/session", options);
  }

  #follow(path: string, options: SubscribeOptions): AsyncGenerator<StreamEvent, void, void> {
    const open = (lastEventId: string | undefined, signal: AbortSignal): Promise<Response> => {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastEventId) headers["Last-Event-ID"] = lastEventId;
      return this.#send("GET", path, { headers, signal });
    };
    return follow(open, options);
  }

  async #json<T>(method: string, path: string, call: Call): Promise<T> {
    return (await this.#call(method, path, call)).json() as Promise<T>;
  }

  async #call(method: string, path: string, call: Call): Promise<Response> {
    const response = await this.#send(method, path, { ...call, headers: { Accept: "application/json", ...call.headers } });
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async #send(method: string, path: string, call: Call): Promise<Response> {
    const headers: Record<string, string> = { ...call.headers };
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token && !headers.Authorization) headers.Authorization = `Bearer ${token}`;
    const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
    if (call.signal) init.signal = call.signal;
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    return this.#fetch(this.#base + path, init);
  }
}

interface Call {
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

function query(values: Record<string, string | number | undefined>): string {
  const list = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") list.set(name, String(value));
  const text = list.toString();
  return text && `?${text}`;
}
