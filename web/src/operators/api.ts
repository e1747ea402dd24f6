import { problemOf } from "@go-dispatcher/client";

/** The bodies of the operators' API (docs/http.md, Administration). */
export interface Overview {
  at: string;
  classes: ClassState[];
  dead_letters: number;
  paused: Paused | null;
  rates: { submitted_per_second: number; finished_per_second: number; rejected_per_second: number; over_seconds: number } | null;
}

export interface ClassState {
  name: string;
  stream: string;
  group_exists: boolean;
  waiting: number | null;
  running: number;
  put_off: number;
  consumers: number;
  oldest_seconds: number;
}

export interface Revocation {
  id: string;
  token_id?: string;
  subject?: string;
  tenant?: string;
  issued_before: string;
  expires_at: string;
  at: string;
  by: string;
  why: string;
}

export interface Paused {
  by?: string;
  why?: string;
  since?: string;
  until?: string | null;
}

export interface Consumer {
  class: string;
  name: string;
  running: number;
  heartbeat_seconds: number | null;
  idle_seconds: number;
}

export interface Pending {
  stream: string;
  entries: { id: string; consumer: string; age_seconds: number; idle_seconds: number; deliveries: number }[];
}

export interface DeadLetter {
  id: string;
  at: string;
  reason: string;
  event: string;
  routing_key: string;
  error: string;
  attempts: string;
  consumer: string;
  fields?: Record<string, string>;
}

export interface Source {
  name: string;
  status: string;
  error?: string;
}

/** A request that was taken lately, with the moments of its way. */
export interface Recent {
  request_id: string;
  event?: string;
  page?: string;
  status?: string;
  submitted_at?: string;
  timeline?: { at: string; what: string }[];
}

export interface Percentiles {
  count: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}

export interface Latency {
  over_seconds: number;
  first_widget: Percentiles;
  complete: Percentiles;
  sent: Percentiles;
}

export class Admin {
  overview = (signal?: AbortSignal) => this.#get<Overview>("overview", signal);
  consumers = async (signal?: AbortSignal) => (await this.#get<{ consumers: Consumer[] }>("consumers", signal)).consumers;
  pending = (name: string, signal?: AbortSignal) => this.#get<Pending>(`pending?class=${encodeURIComponent(name)}&limit=50`, signal);
  sources = async (signal?: AbortSignal) => (await this.#get<{ sources: Source[] }>("sources", signal)).sources;
  latency = (signal?: AbortSignal) => this.#get<Latency>("latency", signal);
  requests = async (signal?: AbortSignal) => (await this.#get<{ requests: Recent[] }>("requests", signal)).requests;
  deadLetters = (before: string | undefined, reason: string, signal?: AbortSignal) => {
    const query = new URLSearchParams({ limit: "50", ...(before ? { before } : {}), ...(reason ? { reason } : {}) });
    return this.#get<{ dead_letters: DeadLetter[]; next?: string }>(`dead-letters?${query}`, signal);
  };
  deadLetter = (id: string) => this.#get<DeadLetter>(`dead-letters/${encodeURIComponent(id)}`);
  replay = (id: string) => this.#send("POST", `dead-letters/${encodeURIComponent(id)}/replay`);
  drop = (id: string) => this.#send("DELETE", `dead-letters/${encodeURIComponent(id)}`);
  pause = (why: string) => this.#send("POST", "pause", { why });
  resume = () => this.#send("POST", "resume");
  revocations = async (signal?: AbortSignal) => (await this.#get<{ revocations: Revocation[] }>("revocations", signal)).revocations;
  revoke = async (what: Record<string, string>) => (await (await this.#send("POST", "revocations", what)).json()) as Revocation;

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.#send("GET", path, undefined, signal);
    return response.json() as Promise<T>;
  }

  async #send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
    if (signal) init.signal = signal;
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    const response = await fetch(`/admin/v1/${path}`, init);
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}
