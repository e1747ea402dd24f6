import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, settled } from "./browser.js";
import { Deployment } from "./deployment.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let product: Deployment;
let browser: Browser;
beforeAll(async () => {
  product = await Deployment.start();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

/** What axe finds, as rule: place. The script is injected by the debugger, which no content policy stops. */
async function findings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  return page.evaluate(async () => {
    const found = await (window as unknown as { axe: { run: (root: Document, options: object) => Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] }> } }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary ?? ""}`));
  });
}

const insights = "/d/ResearchInsightsPage?from=2002-09-01&to=2002-10-01";

test.each([
  ["light", insights],
  ["dark", `${insights}&theme=dark`],
  ["Arabic", `${insights}&lang=ar`],
  ["with a table and a feed", "/d/AccountPage?product=Dashboards&from=2002-07-01&to=2002-11-01"],
  ["one widget", `${insights}&widget=volume_over_time`],
])("%s: axe has nothing to say", async (_, path) => {
  const { page } = await open(browser);
  await page.goto(product.url + path);
  await settled(page);
  expect(await findings(page)).toEqual([]);
});

test.each([
  ["the period", /Period/],
  ["the zone", /Time zone/],
  ["the filters", "Filters"],
  ["the settings", "Settings"],
  ["a widget's menu", "More for Posts"],
])("%s, open: axe has nothing to say", async (_, name) => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  await page.getByRole("button", typeof name === "string" ? { name, exact: true } : { name }).first().click();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await page.locator(".panel:not([hidden])").count()).toBe(0);
});

test.each([
  ["Sentiment", "is none of"],
  ["Words", "is between"],
  ["Subject", "contains"],
])("a filter of %s that %s: axe has nothing to say", async (member, condition) => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByRole("button", { name: member, exact: true }).click();
  await page.getByLabel(`Condition: ${member}`).selectOption(condition);
  await page.getByRole("heading", { name: member, exact: true }).waitFor();
  expect(await findings(page)).toEqual([]);
});

test("the operators' page: axe has nothing to say", async () => {
  const { page } = await open(browser);
  await page.goto(product.adminURL);
  await page.getByRole("heading", { name: "Dead letters" }).first().waitFor();
  expect(await findings(page)).toEqual([]);
});

test("the keyboard reaches everything, the widgets at once", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the widgets");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest("[data-widget]")?.getAttribute("data-widget"))).toBe("total_posts");
});
