/// <reference types="vitest/config" />
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// DISPATCHER_URL names the server that `npm run dev` stands before.
const server = process.env.DISPATCHER_URL ?? "http://127.0.0.1:8080";

const dist = here("../internal/gateway/web/dist");

/** Clears the folder but for its placeholder, and lays a compressed copy beside each file, so that the server need not compress. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    buildStart() {
      for (const name of readdirSync(dist)) if (name !== ".placeholder") rmSync(`${dist}/${name}`, { recursive: true });
    },
    closeBundle() {
      for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
        const file = `${entry.parentPath}/${entry.name}`;
        if (!entry.isFile() || !/\.(html|js|css|json|svg)$/.test(entry.name)) continue;
        const body = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
      }
    },
  };
}

export default defineConfig({
  appType: "spa",
  plugins: [packed()],
  // Both entries are served at the root of their listener, under whatever path a view has.
  base: "/",
  resolve: { alias: { "@go-dispatcher/client": here("../clients/ts/src/index.ts") } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: dist,
    emptyOutDir: false,
    target: "es2022",
    // Everything under assets/ has its content's hash in its name. Nothing is inlined: the policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: here("index.html"), operators: here("operators.html") } },
  },
  server: {
    proxy: { "/v1": server, "/admin/v1": process.env.DISPATCHER_ADMIN_URL ?? server },
    fs: { allow: [here(".."), here("../clients")] },
  },
  // The time is to give up, not to judge: a busy machine starts a program slowly.
  test: { testTimeout: 60_000 },
});
