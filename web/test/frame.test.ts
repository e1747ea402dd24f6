import { expect, test } from "vitest";
import { byRole, columnsOf, companion, isOthers, numbers } from "../src/frame/columns";
import { panelsOf } from "../src/frame/series";
import { formatValue, linkOf, safeURL } from "../src/frame/value";
import { frame } from "./frames";

test("a measure finds what it was and how it changed", () => {
  const columns = columnsOf(frame("stat_compared"));
  const posts = byRole(columns, "measure")[0]!;
  expect(companion(columns, posts, "previous")?.values).toEqual([4]);
  expect(companion(columns, posts, "ratio")?.values).toEqual([0.5]);
  expect(companion(columns, posts, "share")).toBeUndefined();
});

test("each line of a split series has the period before of its own group", () => {
  const { times, panels } = panelsOf(frame("timeseries_split_compared"));
  expect(times).toHaveLength(4);
  expect(panels).toHaveLength(1);
  expect(panels[0]?.series.map((s) => [s.label, s.values, s.previous])).toEqual([
    ["Cairo", [9, 0, 0, null], [0, 4, 0, 0]],
    ["Giza", [0, 2, 0, null], [0, 0, 0, 0]],
  ]);
});

test("what has come so far is on a scale of its own", () => {
  const { panels } = panelsOf(frame("timeseries_cumulative"));
  expect(panels.length).toBeGreaterThan(1);
});

test("the row of the others is known", () => {
  const columns = columnsOf(frame("breakdown_other"));
  expect([0, 1, 2].map((row) => isOthers(columns, row))).toEqual([false, false, true]);
});

test("numbers leave out what is none", () => {
  const columns = columnsOf(frame("stat_nan_arabic"));
  for (const c of columns) for (const v of numbers(c)) expect(v === null || Number.isFinite(v)).toBe(true);
});

test("a link is where another column says", () => {
  const data = frame("feed_links");
  const columns = columnsOf(data);
  const row = (i: number) => (name: string) => columns.find((c) => c.field.name === name)?.values[i];
  expect(linkOf(columns[0]!.field, row(0))).toBe("https://store/1.pdf?signed");
  expect(linkOf(columns[0]!.field, row(1))).toBeUndefined();
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "file:///etc/passwd",
  "//x",
  "/x",
  "blob:https://x/1",
  "",
])("%s is not an address to open", (url) => {
  expect(safeURL(url)).toBeUndefined();
});

test.each([
  ["country", "SA", "en", "Saudi Arabia"],
  ["country", "SA", "ar", "المملكة العربية السعودية"],
  ["country", "Saudi Arabia", "en", "Saudi Arabia"],
  ["language", "de", "en", "German"],
  ["language", "<b>", "en", "<b>"],
  ["channel", "SA", "en", "SA"],
] as const)("%s %s in %s is %s", (name, value, language, text) => {
  expect(formatValue({ name, type: "string", role: "dimension", config: {} }, value, "UTC", language)).toBe(text);
});
