import {
  type Client,
  type Complete,
  isFailure,
  isWidgetData,
  type Message,
  ProblemError,
  type Request,
  type WidgetData,
  widgetOf,
} from "@go-dispatcher/client";
import { batch, type Signal, signal } from "@preact/signals";

/** What a widget shows. */
export type WidgetState =
  | { phase: "waiting" }
  /** `renewing`: another answer is awaited, and this one is still shown. */
  | { phase: "data"; data: WidgetData; renewing: boolean }
  | { phase: "error"; code: string; message: string };

export type Connection = "idle" | "connecting" | "open" | "lost";

const waiting: WidgetState = { phase: "waiting" };

/**
 * The answer to a page's request, as it comes. One request is followed at a time: another one ends it, at the server too. What is shown stays
 * until the next answer for the same widget, so that a change of the view does not empty the page.
 */
export class Answer {
  readonly connection = signal<Connection>("idle");
  readonly complete = signal<Complete | undefined>(undefined);
  readonly problem = signal<unknown>(undefined);
  /** Widgets that the page has and the answer leaves out, say since their source is not configured. */
  readonly absent = signal<ReadonlySet<string>>(new Set());
  readonly arrived = signal(0);
  readonly asked = signal(0);
  /** When the newest message came, in milliseconds. */
  readonly heard = signal(0);
  readonly #widgets = new Map<string, Signal<WidgetState>>();
  #listed: string[] = [];
  #fresh = new Set<string>();
  #running: AbortController | undefined;

  constructor(readonly client: Client) {}

  widget(id: string): Signal<WidgetState> {
    let state = this.#widgets.get(id);
    if (!state) {
      state = signal<WidgetState>(waiting);
      this.#widgets.set(id, state);
    }
    return state;
  }

  /** Asks, and follows what comes. `refresh` are the seconds between two rounds of a live dashboard, or 0. */
  async ask(request: Request, widgets: string[], refresh: number, keep: boolean): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    batch(() => {
      this.problem.value = undefined;
      this.complete.value = undefined;
      this.connection.value = "connecting";
      this.asked.value = widgets.length;
      this.#expect(widgets, keep);
    });
    try {
      await this.#once(refresh ? liveOf(request, refresh) : request, running.signal);
      // A live dashboard that has ended by itself, say by its time, is asked for again while somebody looks.
      while (refresh > 0 && !running.signal.aborted) {
        await pause(refresh * 1000, running.signal);
        if (!running.signal.aborted) await this.#once(liveOf(request, refresh), running.signal);
      }
      if (this.#running === running) this.connection.value = "idle";
    } catch (error) {
      if (running.signal.aborted) return;
      batch(() => {
        this.connection.value = "idle";
        this.problem.value = error;
      });
    }
  }

  /** Asks for one widget in another way: its next rows, say. The rest of the page is left as it is. */
  async renew(request: Request, id: string): Promise<void> {
    const state = this.widget(id);
    if (state.value.phase === "data") state.value = { ...state.value, renewing: true };
    else state.value = waiting;
    try {
      const accepted = await this.client.submit({ ...request, selected_widgets: [id] });
      for await (const event of this.client.subscribe(accepted.request_id)) {
        if (event.type === "widget") this.#take(event.message);
        if (event.type === "complete" && (state.value.phase === "waiting" || isRenewing(state.value))) state.value = unanswered(event.message.eventData, id);
      }
    } catch (error) {
      state.value = { phase: "error", code: error instanceof ProblemError ? error.code : "not_reached", message: messageOf(error) };
    }
  }

  /** Ends what is under way. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  #expect(widgets: string[], keep: boolean): void {
    this.#fresh = new Set();
    this.arrived.value = 0;
    if (widgets.join() !== this.#listed.join()) this.absent.value = new Set();
    this.#listed = widgets;
    for (const [id, state] of this.#widgets) if (!keep || !widgets.includes(id)) state.value = waiting;
    for (const id of widgets) {
      const state = this.widget(id);
      state.value = state.value.phase === "data" ? { ...state.value, renewing: true } : waiting;
    }
  }

  async #once(request: Request, signal: AbortSignal): Promise<void> {
    const accepted = await this.client.submit(request, { signal, idempotencyKey: newId() });
    let ended = false;
    const cancel = () => {
      // Nobody looks at it any more. It may have ended meanwhile, which is as good.
      if (!ended) this.client.cancel(accepted.request_id).catch(() => undefined);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for await (const event of this.client.subscribe(accepted.request_id, { signal })) {
        if (signal.aborted) return;
        this.heard.value = Date.now();
        switch (event.type) {
          case "connection":
            this.connection.value = event.state;
            break;
          case "reset":
            // The newest message of each widget follows; what never comes again is what the page's end says.
            this.#fresh = new Set();
            this.arrived.value = 0;
            break;
          case "widget":
            this.#take(event.message);
            break;
          case "complete":
            this.#end(event.message.eventData);
            if (event.message.eventData.live?.next_at) break;
            ended = true;
            return;
        }
      }
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #take(message: Message): void {
    const id = widgetOf(message.eventName);
    const data = message.eventData;
    batch(() => {
      if (!this.#fresh.has(id)) {
        this.#fresh.add(id);
        this.arrived.value = this.#fresh.size;
      }
      if (isWidgetData(data)) this.widget(id).value = { phase: "data", data, renewing: false };
      else if (isFailure(data)) this.widget(id).value = { phase: "error", code: data.error.code, message: data.error.message };
      else this.widget(id).value = { phase: "error", code: "unknown_message", message: "" };
    });
  }

  #end(complete: Complete): void {
    batch(() => {
      this.complete.value = complete;
      const asked = complete.widgets_asked ?? [];
      if (!complete.live?.round && complete.status === "complete" && asked.length > 0)
        this.absent.value = new Set([...this.#widgets.keys()].filter((id) => !asked.includes(id)));
      this.asked.value -= this.absent.value.size;
      const unchanged = new Set(complete.live?.unchanged);
      for (const [id, state] of this.#widgets) {
        if (unchanged.has(id) && isRenewing(state.value)) state.value = { ...state.value, renewing: false };
        else if (!this.#fresh.has(id) && (state.value.phase === "waiting" || isRenewing(state.value))) state.value = unanswered(complete, id);
      }
    });
  }
}

const isRenewing = (state: WidgetState): state is Extract<WidgetState, { phase: "data" }> => state.phase === "data" && state.renewing;

function unanswered(complete: Complete, id: string): WidgetState {
  const failed = complete.failed?.find((f) => f.widget === id);
  const error = failed ?? complete.error;
  return { phase: "error", code: error?.code ?? (complete.status === "complete" ? "not_answered" : complete.status), message: error?.message ?? "" };
}

function liveOf(request: Request, seconds: number): Request {
  return { ...request, eventData: { ...request.eventData, is_live_dashboard: true, live_interval: seconds } };
}

/** An id that nobody has had. Not randomUUID, which browsers keep for pages that came over TLS or from this machine. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
