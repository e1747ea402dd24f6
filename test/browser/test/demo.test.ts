import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, launch, open, screenshot, settled } from "./browser.js";
import { Demo } from "./deployment.js";

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  demo = await Demo.start();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const insights = "/d/ResearchInsightsPage?from=2002-09-01&to=2002-10-01";

test("operators see the demo's own broker: classes, consumers and the way of a request", async () => {
  const dashboard = await open(browser);
  await dashboard.page.goto(demo.url + insights);
  await settled(dashboard.page);
  expect(await figure(dashboard.page, "total_posts")).toBe("1,240");
  const { page, wrong } = await open(browser);
  await page.goto(demo.adminURL);
  const card = (name: string) => page.getByRole("region", { name, exact: true });
  await card("Classes").getByRole("row", { name: /^interactive .* is there$/ }).waitFor();
  await card("Consumers").getByRole("cell", { name: "interactive", exact: true }).first().waitFor();
  await card("Sources").getByText("not configured").first().waitFor();
  const request = card("Recent requests").getByRole("row").filter({ hasText: "ResearchInsightsPage" }).first();
  await expect.poll(() => request.innerText()).toMatch(/complete[\s\S]*submitted[\s\S]*total_posts[\s\S]*first widget sent[\s\S]*complete sent/);
  await expect.poll(() => card("Latency").getByRole("row", { name: /^Redis to browser/ }).innerText()).toMatch(/ms[\s\S]*[1-9]\d*$/);
  expect(await page.getByRole("alert").count()).toBe(0);
  await screenshot(page, "operators");
  expect(wrong).toEqual([]);
});

test("the page's PDF is made, and opens", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(demo.url + insights);
  await settled(page);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "PDF report" }).click();
  const link = page.getByRole("link", { name: "Open the report" });
  await link.waitFor({ timeout: 60_000 });
  const answer = await page.request.get((await link.getAttribute("href")) ?? "");
  expect(answer.status()).toBe(200);
  expect((await answer.body()).subarray(0, 5).toString()).toBe("%PDF-");
  expect(wrong).toEqual([]);
});
