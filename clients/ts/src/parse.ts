/** One frame of a text/event-stream. */
export interface Frame {
  event: string;
  data: string;
  id: string | undefined;
}

/**
 * Cuts a text/event-stream into frames, as the HTML standard says: lines end with CR, LF or both, comments are dropped, several data lines
 * are one text, and a frame without data is none. `retry` is kept for whoever reconnects.
 */
export class Parser {
  retry: number | undefined;
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id: string | undefined;
  #first = true;

  /** Takes what has come and returns the frames that it ends. */
  push(chunk: string): Frame[] {
    let text = this.#rest + chunk;
    if (this.#first && text.length > 0) {
      this.#first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    const frames: Frame[] = [];
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      if (c !== "\n" && c !== "\r") continue;
      // A CR at the very end may be half of a CRLF: wait for what follows.
      if (c === "\r" && i === text.length - 1) break;
      const frame = this.#line(text.slice(start, i));
      if (frame) frames.push(frame);
      if (c === "\r" && text[i + 1] === "\n") i++;
      start = i + 1;
    }
    this.#rest = text.slice(start);
    return frames;
  }

  #line(line: string): Frame | undefined {
    if (line === "") return this.#end();
    if (line.startsWith(":")) return undefined;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }

  #end(): Frame | undefined {
    const frame =
      this.#data.length > 0 ? { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id } : undefined;
    this.#event = "";
    this.#data = [];
    this.#id = undefined;
    return frame;
  }
}
