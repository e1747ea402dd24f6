import type { Client } from "@go-dispatcher/client";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Language } from "./text/language";
import { type Say, sayIn } from "./text/words";

/** What every part of the page may need to know. */
export interface Surroundings {
  client: Client;
  language: Language;
  say: Say;
  rtl: boolean;
  /** The zone in which times without a range are written. */
  zone: string;
  /** Whether comparisons are shown. */
  compare: boolean;
}

export const Surrounding = createContext<Surroundings>({
  client: undefined as unknown as Client,
  language: "en",
  say: sayIn("en"),
  rtl: false,
  zone: "UTC",
  compare: true,
});

export const useSurroundings = (): Surroundings => useContext(Surrounding);
