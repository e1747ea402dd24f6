import { defineConfig } from "vitest/config";

// One browser and one deployment a file: two cores do not serve more, and what is measured is not measured against the others.
// What is polled for may be drawn by a page that asks its server every ten seconds; the time is to give up, not to judge.
export default defineConfig({ test: { fileParallelism: false, testTimeout: 60_000, hookTimeout: 300_000, expect: { poll: { timeout: 30_000 } } } });
