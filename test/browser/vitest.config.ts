import { defineConfig } from "vitest/config";

// One browser and one deployment a file: two cores do not serve more, and what is measured is not measured against the others.
export default defineConfig({ test: { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 } });
