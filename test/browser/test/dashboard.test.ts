import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, launch, open, patience, screenshot, settled } from "./browser.js";
import { Deployment } from "./deployment.js";

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

const insights = "/d/ResearchInsightsPage?from=2002-09-01&to=2002-10-01";

test("the page fills widget by widget, and is complete within two seconds", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(`${product.url}/d/ResearchInsightsPage`); // the store is read for the first time
  await settled(page);
  let all = Number.POSITIVE_INFINITY;
  for (let load = 0; load < 5 && all >= 2000; load++) { // a load may have the machine to share
    const begun = Date.now();
    await page.goto(product.url + insights);
    await page.locator('[data-widget="total_posts"] .stat-value').waitFor();
    const first = Date.now() - begun;
    await settled(page);
    all = Date.now() - begun;
    console.log(`first widget ${first} ms, all ${all} ms`);
  }
  expect(all).toBeLessThan(2000);
  // What hand-written SQL says of September (docs/data.md).
  expect(await figure(page, "total_posts")).toBe("1,240");
  expect(await figure(page, "total_authors")).toBe("273");
  expect(await figure(page, "total_threads")).toBe("707");
  expect(await figure(page, "net_sentiment")).toBe("18.1%");
  expect(await figure(page, "first_response")).toBe("1 h 16 min");
  expect(wrong).toEqual([]);
}, patience);

test("nothing moves when widgets arrive", async () => {
  const { page } = await open(browser);
  await page.addInitScript(() => {
    const moved = { sum: 0 };
    Object.assign(window, { moved });
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) moved.sum += (e as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(product.url + insights);
  await settled(page);
  expect(await page.evaluate(() => (window as unknown as { moved: { sum: number } }).moved.sum)).toBeLessThan(0.05);
});

test("a filter is picked from the values there are, and is in the address", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByRole("button", { name: "Sentiment", exact: true }).click();
  await page.getByRole("checkbox", { name: /negative/ }).check();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => figure(page, "total_posts")).toBe("299");
  expect(new URL(page.url()).searchParams.getAll("f.sentiment")).toEqual(["negative"]);
  await page.goBack();
  await expect.poll(() => figure(page, "total_posts")).toBe("1,240");
  expect(wrong).toEqual([]);
});

test("filters leave values out, take ranges of numbers, and parts of texts", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const add = async (member: string, condition: string) => {
    await page.getByRole("button", { name: /^(Filters|Add a filter)$/ }).click();
    await page.getByRole("button", { name: member, exact: true }).click();
    await page.getByLabel(`Condition: ${member}`).selectOption(condition);
  };
  await add("Sentiment", "is none of");
  await page.getByRole("checkbox", { name: /negative/ }).check();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => figure(page, "total_posts")).toBe("941"); // 1,240 without 299
  await add("Words", "is between");
  await page.getByLabel("At least").fill("100");
  await page.getByLabel("At most").fill("10");
  expect(await page.getByRole("button", { name: "Apply" }).isDisabled()).toBe(true);
  await page.getByLabel("At most").fill("200");
  await screenshot(page, "filters", false);
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => figure(page, "total_posts")).not.toBe("941");
  const query = new URL(page.url()).searchParams;
  expect([query.getAll("f.sentiment.not"), query.get("f.words.from"), query.get("f.words.to")]).toEqual([["negative"], "100", "200"]);
  const both = await figure(page, "total_posts");
  await page.reload();
  await settled(page);
  expect(await figure(page, "total_posts")).toBe(both);
  await page.getByRole("button", { name: "Remove: Words" }).click();
  await expect.poll(() => figure(page, "total_posts")).toBe("941");
  await add("Subject", "contains");
  await page.getByLabel("Search: Subject").fill("spam");
  await page.getByLabel("Search: Subject").press("Enter");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => figure(page, "total_posts")).not.toBe("941");
  expect(new URL(page.url()).searchParams.getAll("f.subject.has")).toEqual(["spam"]);
  await page.getByRole("button", { name: "Remove: Subject" }).click();
  await expect.poll(() => figure(page, "total_posts")).toBe("941");
  await page.getByRole("button", { name: /^Sentiment ≠ negative/ }).click();
  await page.getByLabel("Condition: Sentiment").selectOption("is one of");
  await expect.poll(() => figure(page, "total_posts")).toBe("299");
  expect(new URL(page.url()).searchParams.getAll("f.sentiment")).toEqual(["negative"]);
  expect(wrong).toEqual([]);
});

test("what the page is compared with can be chosen, and is computed", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const tile = page.locator('[data-widget="total_posts"]');
  const comparison = async () => {
    await tile.getByRole("button", { name: /^More for/ }).click();
    await tile.getByRole("button", { name: "Source and cost" }).click();
    const text = await page.getByRole("dialog").innerText();
    await page.keyboard.press("Escape");
    return /Compared with\n(.*)/.exec(text)?.[1] ?? "nothing";
  };
  const change = tile.locator(".change");
  await expect.poll(() => change.innerText()).toContain("3.3%");
  expect(await comparison()).toMatch(/2 Aug.*2002/);
  await page.getByLabel("Compare with").selectOption("Year before");
  await expect.poll(comparison).toMatch(/1 Sept.*2001/);
  expect(page.url()).toContain("compare=prior_year");
  await page.getByLabel("Compare with").selectOption("No comparison");
  await expect.poll(comparison).toBe("nothing");
  expect(await change.count()).toBe(0);
  expect(page.url()).toContain("compare=none");
  await page.goBack();
  await expect.poll(comparison).toMatch(/1 Sept.*2001/);
  await page.getByLabel("Compare with").selectOption("Period before");
  await expect.poll(() => change.innerText()).toContain("3.3%");
  expect(page.url()).not.toContain("compare");
});

test("another zone has other days", async () => {
  const { page } = await open(browser);
  await page.goto(`${product.url}/d/ResearchInsightsPage?from=2002-09-10&to=2002-09-11`);
  await settled(page);
  const utc = await figure(page, "total_posts");
  await page.getByRole("button", { name: /Time zone/ }).click();
  await page.getByRole("searchbox", { name: "Search", exact: true }).fill("new york");
  await page.getByRole("button", { name: /America\/New York/ }).click();
  await expect.poll(() => figure(page, "total_posts")).not.toBe(utc);
  expect(page.url()).toContain("tz=America%2FNew_York");
});

test("a feed turns its pages", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const feed = page.locator('[data-widget="latest_posts"]');
  const newest = await feed.locator("article").first().innerText();
  await feed.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => feed.locator("article").first().innerText()).not.toBe(newest);
  await feed.getByRole("button", { name: "First" }).click();
  await expect.poll(() => feed.locator("article").first().innerText()).toBe(newest);
});

test("a chart can be read as a table, and says where its numbers come from", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const tile = page.locator('[data-widget="volume_over_time"]');
  const menu = tile.getByRole("button", { name: "More for Posts over time" });
  await menu.click();
  await tile.getByRole("button", { name: "Show as table" }).click();
  expect(await tile.locator("tbody tr").count()).toBe(30);
  await menu.click();
  await tile.getByRole("button", { name: "Source and cost" }).click();
  await expect.poll(() => page.getByRole("dialog").innerText()).toContain("conversations");
  await page.keyboard.press("Escape");
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test.each([
  ["Download CSV", "Posts over time.csv", 1000],
  ["Download Excel", "Posts over time.xlsx", 2000],
  ["Download image", "Posts over time.png", 5000],
])("%s gives a file", async (item, name, bytes) => {
  const { page, wrong } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const tile = page.locator('[data-widget="volume_over_time"]');
  await tile.getByRole("button", { name: "More for Posts over time" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), tile.getByRole("button", { name: item }).click()]);
  expect(file.suggestedFilename()).toBe(name);
  const { statSync } = await import("node:fs");
  expect(statSync(await file.path()).size).toBeGreaterThan(bytes);
  expect(wrong).toEqual([]);
});

test("the arrow keys read a chart, value by value", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await settled(page);
  const plot = page.locator('[data-widget="volume_over_time"] .plot');
  await plot.focus();
  await page.keyboard.press("Home");
  await expect.poll(() => plot.locator("[aria-live]").textContent()).toMatch(/1 Sept 2002, Posts: \d+/);
});

test("the server is killed and comes back, and the page goes on without a gap or a double", async () => {
  const { page } = await open(browser);
  await page.addInitScript(() => {
    // What the page reads, as it reads it: the frames of its streams with an id, and where they are from.
    const seen = { frames: [] as string[], urls: [] as string[] };
    Object.assign(window, { seen });
    const real = window.fetch;
    window.fetch = async (...args: Parameters<typeof fetch>) => {
      const response = await real(...args);
      if (!response.headers.get("Content-Type")?.includes("event-stream") || !response.body) return response;
      seen.urls.push(new URL(response.url).pathname);
      const decoder = new TextDecoder();
      let rest = "";
      const reading = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, on) {
          const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
          rest = frames.pop() ?? "";
          for (const frame of frames) {
            const [, id, kind] = /^id: [^.]*\.(.*)\nevent: (.*)$/m.exec(frame) ?? [];
            if (id && (kind === "widget" || kind === "complete")) seen.frames.push(id);
            if (kind === "reset") seen.frames.push("reset");
          }
          on.enqueue(chunk);
        },
      });
      return new Response(response.body.pipeThrough(reading), { status: response.status, headers: response.headers });
    };
  });
  const seen = () => page.evaluate(() => (window as unknown as { seen: { frames: string[]; urls: string[] } }).seen);
  await page.goto(`${product.url}${insights}&refresh=10`);
  await settled(page);
  const before = (await seen()).frames.length;
  await product.killServer();
  await page.getByText("Connection lost").first().waitFor();
  const request = /\/v1\/requests\/([^/]+)\/events/.exec((await seen()).urls[0] ?? "")?.[1];
  const stream = () => product.entries(`browser:out:web:1:r:${request}`);
  const lost = stream().length;
  await expect.poll(() => stream().length, { timeout: 40_000 }).toBeGreaterThan(lost); // a round that comes meanwhile
  await product.startServer();
  await expect.poll(() => page.locator(".banner.warn").count(), { timeout: 30_000 }).toBe(0);
  await expect.poll(async () => (await seen()).frames.length, { timeout: 40_000 }).toBeGreaterThan(lost);
  const { frames, urls } = await seen();
  expect(new Set(urls).size).toBe(1);
  expect(frames.length).toBeGreaterThan(before);
  // Each message of each round, once, in the order of the stream.
  expect(frames).toEqual(stream().slice(0, frames.length));
  expect(await figure(page, "total_posts")).toBe("1,240");
}, patience);

test("a page about one thing offers those that there are", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(`${product.url}/d/SingleInteractionPage`);
  const field = page.getByLabel("Interaction", { exact: true });
  await field.waitFor();
  await expect.poll(() => page.locator("datalist option").count(), { timeout: 15_000 }).toBeGreaterThan(10);
  await field.fill((await page.locator("datalist option").first().getAttribute("value")) ?? "");
  await page.getByRole("button", { name: "Show" }).click();
  await settled(page);
  expect(await page.locator('[data-phase="data"]').count()).toBeGreaterThan(1);
  expect(wrong).toEqual([]);
});

test("on paper it is light, says what it shows, and charts fit", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(`${product.url}${insights}&theme=dark&tz=Asia/Riyadh`);
  await settled(page);
  await expect(page.locator(".on-paper").isVisible()).resolves.toBe(false);
  await page.emulateMedia({ media: "print" });
  const shown = await page.locator(".on-paper").innerText();
  for (const part of ["Sept 2002", "Asia/Riyadh", "Period before"]) expect(shown).toContain(part);
  await expect(page.locator(".toolbar .controls").isVisible()).resolves.toBe(false);
  // Paper is narrower than the screen for which a chart was drawn, and no script runs in between.
  const found = await page.evaluate(() => {
    const frame = document.querySelector<HTMLElement>("main")!;
    frame.style.inlineSize = "640px";
    const wide = [...document.querySelectorAll(".plot svg")].filter((svg) => svg.getBoundingClientRect().right > svg.closest(".tile")!.getBoundingClientRect().right);
    return { charts: document.querySelectorAll(".plot svg").length, wide: wide.length, scheme: getComputedStyle(document.documentElement).colorScheme, badge: getComputedStyle(document.querySelector(".change.bad")!).backgroundColor };
  });
  expect(found).toEqual({ charts: expect.any(Number), wide: 0, scheme: "light", badge: "rgb(251, 233, 231)" });
  expect(found.charts).toBeGreaterThan(2);
  expect(wrong).toEqual([]);
});

test("pictures of it", async () => {
  for (const [name, query, options] of [
    ["light", "", {}],
    ["dark", "&theme=dark", {}],
    ["arabic", "&lang=ar", {}],
    ["phone", "", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }],
    ["wall", "", { viewport: { width: 2560, height: 1440 } }],
  ] as const) {
    const { page, wrong } = await open(browser, options);
    await page.goto(product.url + insights + query);
    await settled(page);
    await screenshot(page, name);
    expect(wrong).toEqual([]);
  }
}, patience);
