import type { WidgetData } from "@go-dispatcher/client";
import type { Language } from "../text/language";
import { csv } from "./csv";
import { png } from "./png";
import { xlsx } from "./xlsx";

/** Hands a widget to the user as a file. */
export async function download(kind: "csv" | "xlsx" | "png", data: WidgetData, title: string, element: HTMLElement, language: Language): Promise<void> {
  const blob = kind === "csv" ? new Blob([csv(data)], { type: "text/csv;charset=utf-8" }) : kind === "xlsx" ? xlsx(data, title, language) : await png(element);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${fileName(title)}.${kind}`;
  link.click();
  // The browser has taken it by the next task.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

/** A title as a file's name: no separators, no control characters. */
export function fileName(title: string): string {
  return (
    title
      .replace(/[\p{C}\\/:*?"<>|]+/gu, " ")
      .trim()
      .slice(0, 80) || "widget"
  );
}
