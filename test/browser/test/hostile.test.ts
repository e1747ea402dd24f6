import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, patience, settled } from "./browser.js";
import { Deployment } from "./deployment.js";

/** Texts that run where somebody makes markup, script, style or addresses of them. Each calls `pwned`, which the page does not have. */
const corpus = [
  "<script>pwned()</script>",
  "<img src=x onerror=pwned()>",
  "<svg onload=pwned()>",
  "\"><script>pwned()</script>",
  "' onmouseover='pwned()",
  "</title><script>pwned()</script>",
  "</style><script>pwned()</script>",
  "</textarea><img src=x onerror=pwned()>",
  "javascript:pwned()",
  "JaVaScRiPt:pwned()",
  "java\tscript:pwned()",
  "data:text/html,<script>pwned()</script>",
  "vbscript:pwned()",
  "{{constructor.constructor('pwned()')()}}",
  "${pwned()}",
  "<iframe srcdoc='<script>parent.pwned()</script>'>",
  "<a href=javascript:pwned()>x</a>",
  "<math><mtext><table><mglyph><style><img src=x onerror=pwned()>",
  "<template><script>pwned()</script></template>",
  "<details open ontoggle=pwned()>",
  "<style>@import 'javascript:pwned()'</style>",
  "x\u202egnp.<script>pwned()</script>",
  "\u0000<script>pwned()</script>",
  "&lt;script&gt;pwned()&lt;/script&gt;",
  "__proto__",
  "constructor",
];

const title = "<img src=x onerror=pwned()>";

/** A catalog and data in which every text is hostile. */
function hostile(): Record<string, string> {
  const dir = mkdtempSync(join(tmpdir(), "hostile-"));
  mkdirSync(join(dir, "catalog"));
  mkdirSync(join(dir, "data"));
  const quote = (text: string) => `"${text.replaceAll('"', '""').replaceAll("\u0000", "")}"`;
  const lines = corpus.map((text, i) => `2024-01-${String(1 + (i % 28)).padStart(2, "0")},${quote(text)},${quote(text)},${i + 1}`);
  writeFileSync(join(dir, "data", "hostile.csv"), `day,word,country,amount\n${lines.join("\n")}\n`);
  writeFileSync(
    join(dir, "catalog", "hostile.yaml"),
    `version: 1
sources: {files: {kind: duckdb}}
datasets:
  hostile:
    source: files
    files: hostile.csv
    time: {field: day, storage: date}
    tenant: none
    dimensions: {day: {type: time}, word: {label: '${title}'}, country: {label: '${title}'}}
    measures: {rows: {agg: count, label: '${title}', definition: '${title}'}, amount: {agg: sum, field: amount, type: int, label: '${title}'}}
pages:
  HostilePage:
    label: '${title}'
    events: [hostile]
    dataset: hostile
    widgets:
      number: {kind: stat, title: '${title}', measures: [rows, amount]}
      lines: {kind: timeseries, title: '${title}', measures: [rows], dimension: word, top: 8}
      bars: {kind: breakdown, title: '${title}', description: '${title}', dimension: word, measures: [rows, amount], top: 50}
      places: {kind: breakdown, title: '${title}', dimension: country, measures: [rows], top: 50}
      cells: {kind: heatmap, title: '${title}', dimensions: [word, country], measures: [rows]}
      rows: {kind: table, title: '${title}', dimensions: [word, country], measures: [rows, amount], page_size: 50}
      feed: {kind: feed, title: '${title}', dimensions: [day, word, country], page_size: 50}
`,
  );
  return { APP_DISPATCHER_CATALOG: join(dir, "catalog"), APP_DISPATCHER_DATA: join(dir, "data") };
}

let product: Deployment;
let browser: Browser;
beforeAll(async () => {
  product = await Deployment.start({ env: hostile() });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

test("no text of the data runs, in any kind of widget, as a chart or as a table", async () => {
  const { page, wrong } = await open(browser);
  const ran: string[] = [];
  await page.exposeFunction("pwned", () => ran.push("pwned"));
  await page.goto(`${product.url}/d/HostilePage?from=2024-01-01&to=2024-02-01`);
  await settled(page);
  expect(await page.locator('[data-phase="data"]').count()).toBe(7);
  expect(await page.locator('[data-widget="rows"]').innerText()).toContain("<script>pwned()</script>");
  for (const tile of await page.locator("[data-widget]").all()) {
    await tile.hover();
    const menu = tile.getByRole("button", { name: /^More for/ }).first();
    await menu.click();
    const asTable = tile.getByRole("button", { name: "Show as table" });
    if (await asTable.count()) await asTable.click();
    else await page.keyboard.press("Escape");
    await menu.click();
    await tile.getByRole("button", { name: "Source and cost" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  expect(await page.locator("main script, main iframe, main img, main style, main object, main template").count()).toBe(0);
  expect(await page.locator('a[href^="javascript" i], a[href^="data" i], a[href^="vbscript" i]').count()).toBe(0);
  expect(ran).toEqual([]);
  expect(wrong).toEqual([]);
});

test("no part of the address runs", async () => {
  const { page, wrong } = await open(browser);
  const ran: string[] = [];
  await page.exposeFunction("pwned", () => ran.push("pwned"));
  for (const text of corpus) {
    const value = encodeURIComponent(text);
    const keys = ["product", "range", "from", "to", "tz", "lang", "theme", "compare", "refresh", "tenant", "widget", "f.word", "p.word", value];
    const query = keys.map((key) => `${key}=${value}`).join("&");
    await page.goto(`${product.url}/d/HostilePage?${query}#${value}`);
    await page.locator("h1, [role=alert]").first().waitFor();
    const response = await page.goto(`${product.url}/d/${value}?${query}`).catch(() => undefined);
    if (response?.ok()) await page.locator("h1, [role=alert]").first().waitFor();
  }
  expect(ran).toEqual([]);
  expect(wrong.filter((w) => /pwned|dialog|Trusted|Content Security Policy/i.test(w))).toEqual([]);
}, patience);
