import { type Signal, signal } from "@preact/signals";
import type { Language } from "../text/language";
import { readView, type View, writeView } from "./view";

/** The view in the address bar. Changing it writes a new entry of the history, so that Back undoes it. */
export class Router {
  readonly view: Signal<View>;
  readonly #preferred: Language;

  constructor() {
    this.#preferred = navigator.language.toLowerCase().startsWith("ar") ? "ar" : "en";
    this.view = signal(this.#read());
    addEventListener("popstate", () => {
      this.view.value = this.#read();
    });
  }

  change(change: Partial<View>, how: "push" | "replace" = "push"): void {
    const next = { ...this.view.value, ...change };
    const href = this.href(next);
    if (href !== location.pathname + location.search) history[how === "push" ? "pushState" : "replaceState"](null, "", href);
    this.view.value = next;
  }

  href(view: View): string {
    return writeView(view, this.#preferred);
  }

  #read(): View {
    return readView(location.pathname, location.search, this.#preferred);
  }
}
