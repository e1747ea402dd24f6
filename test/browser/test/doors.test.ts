import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, launch, open, settled } from "./browser.js";
import { Deployment } from "./deployment.js";

let product: Deployment;
let browser: Browser;
beforeAll(async () => {
  product = await Deployment.start({ auth: true });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

const insights = "/d/ResearchInsightsPage?from=2002-09-01&to=2002-10-01";

test("a token lets in, and its tenant's data is what is shown", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(product.url + insights);
  await page.getByLabel("Token", { exact: true }).fill("nonsense");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "1" }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  expect(await figure(page, "total_posts")).toBe("1,240");
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token", { exact: true }).waitFor();
  expect(wrong).toEqual([]);
});

test("another tenant's data is refused", async () => {
  const { page } = await open(browser);
  await page.goto(product.url + insights);
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "2" }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  expect(await page.locator("main").innerText()).not.toContain("1,240");
  await page.goto(`${product.url}${insights}&tenant=1`);
  await expect.poll(() => page.getByRole("alert").innerText()).toContain("not open to you");
  expect(await page.locator('[data-phase="data"]').count()).toBe(0);
});

test("a page that the token does not name is not there", async () => {
  const { page } = await open(browser);
  await page.goto(`${product.url}/d/AccountPage?product=Dashboards`);
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "1", pages: ["Research*"] }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect.poll(() => page.getByRole("alert").innerText()).toContain("no such page");
  expect(await page.getByRole("navigation").getByRole("link").count()).toBeGreaterThan(0);
  expect(await page.getByRole("navigation").getByRole("link", { name: "Account" }).count()).toBe(0);
});

test("a token that is revoked while a page goes on ends it, and a newer one goes on", async () => {
  const { page, wrong } = await open(browser);
  await page.goto(`${product.url}${insights}&refresh=10`);
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "1", jti: "lost", sub: "ann" }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  const answer = await fetch(`${product.adminURL}/admin/v1/revocations`, {
    method: "POST",
    headers: { Authorization: `Bearer ${product.token({ tenant: "1", sub: "eve", roles: ["operator"] })}`, "Content-Type": "application/json" },
    body: JSON.stringify({ token_id: "lost", why: "a lost machine" }),
  });
  expect(answer.status).toBe(200);
  await page.getByText("The session has ended").waitFor();
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "1", jti: "new", sub: "ann" }));
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  expect(await figure(page, "total_posts")).toBe("1,240");
  expect(wrong).toEqual([]);
});

test("an operator revokes in the page, and the token is refused", async () => {
  const { page, wrong } = await open(browser);
  await page.addInitScript(() => {
    window.confirm = () => true;
  });
  await page.goto(product.adminURL);
  await page.getByLabel("Token", { exact: true }).fill(product.token({ tenant: "1", sub: "eve", roles: ["operator"] }));
  await page.getByRole("button", { name: "Sign in" }).click();
  const card = page.getByRole("region", { name: "Revoked tokens" });
  await card.getByLabel("Subject").fill("bob");
  await card.getByLabel("Why").fill("left the house");
  await card.getByRole("button", { name: "Revoke" }).click();
  await card.getByText("Revoked: subject bob").waitFor();
  await card.getByRole("cell", { name: "left the house" }).waitFor();
  const refused = async () => (await (await fetch(`${product.url}/v1/session`, { headers: { Authorization: `Bearer ${product.token({ tenant: "1", sub: "bob", iat: 1_000_000_000 })}` } })).json()) as { code?: string };
  await expect.poll(async () => (await refused()).code).toBe("token_revoked");
  expect(wrong).toEqual([]);
});
