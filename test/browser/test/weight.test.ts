import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const assets = new URL("../../../internal/gateway/web/dist/assets/", import.meta.url);

test("all scripts together are far below 400 kB gzipped", () => {
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, assets))).length, 0);
  console.log(`${scripts.length} scripts, ${Math.round(bytes / 1000)} kB gzipped`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(120_000);
});
