import { mkdirSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-proxy-server"];

/** What a busy machine may want for a test of many loads. */
export const patience = 180_000;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.DISPATCHER_TEST_CHROMIUM ?? "/usr/bin/chromium", args: flags });
}

/** A page, and what went wrong in it: thrown errors, errors of the console, refusals of the content policy. */
export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  // What a lost connection or a refusal prints is what a test has asked for.
  page.on("console", (m) => m.type() === "error" && !/Failed to load resource|ERR_/.test(m.text()) && wrong.push(m.text()));
  page.on("dialog", (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, wrong };
}

/** Waits until each widget has data or an error. By locators, since waitForFunction needs eval, which the page's content policy forbids. */
export async function settled(page: Page): Promise<void> {
  await page.locator("[data-widget]").first().waitFor();
  await expect.poll(() => page.locator('[data-phase="waiting"], .tile.renewing').count(), { timeout: 30_000, interval: 20 }).toBe(0);
}

/** The large number of a stat. */
export const figure = (page: Page, widget: string) => page.locator(`[data-widget="${widget}"] .stat-value`).innerText();

const artefacts = process.env.DISPATCHER_TEST_ARTEFACTS ?? new URL("../artefacts/", import.meta.url).pathname;

export async function screenshot(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: `${artefacts}/${name}.png`, fullPage });
}
