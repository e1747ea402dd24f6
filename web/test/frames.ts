import { readFileSync } from "node:fs";
import type { WidgetData } from "@go-dispatcher/client";

/** A frame as the product makes it: the golden files of its formats. */
export function frame(name: string): WidgetData {
  return JSON.parse(readFileSync(new URL(`../../internal/format/testdata/${name}.json`, import.meta.url), "utf8")) as WidgetData;
}
