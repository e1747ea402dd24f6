import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../../../", import.meta.url).pathname;

export interface Options {
  /** Further variables of both processes. */
  env?: Record<string, string>;
  /** Asks for tokens. */
  auth?: boolean;
}

/** The product as it is deployed: a Redis, a consumer and a server, on ports of their own, on this machine alone. */
export class Deployment {
  readonly dir = mkdtempSync(join(tmpdir(), "browser-"));
  #redis: ChildProcess | undefined;
  #consumer: ChildProcess | undefined;
  #server: ChildProcess | undefined;
  #env: Record<string, string> = {};
  url = "";
  adminURL = "";

  static async start(options: Options = {}): Promise<Deployment> {
    const d = new Deployment();
    try {
      await d.#start(options);
    } catch (error) {
      await d.stop();
      throw error;
    }
    return d;
  }

  async #start({ env = {}, auth = false }: Options): Promise<void> {
    const [redis, port, admin] = [await freePort(), await freePort(), await freePort()];
    this.url = `http://127.0.0.1:${port}`;
    this.adminURL = `http://127.0.0.1:${admin}`;
    this.#env = {
      PATH: process.env.PATH ?? "",
      HOME: this.dir,
      TMPDIR: this.dir,
      PORT: String(port),
      APP_GATEWAY_ADMIN_PORT: String(admin),
      APP_REDIS_HOST: "127.0.0.1",
      APP_REDIS_PORT: String(redis),
      APP_DISPATCHER_INPUT_STREAM: "browser:requests",
      APP_DISPATCHER_CONSUMER_GROUP: "browser",
      APP_DISPATCHER_CONSUMER_NAME: "browser-1",
      APP_DISPATCHER_OUTPUT_STREAM_PREFIX: "browser:out:",
      APP_DISPATCHER_REJECTED_STREAM: "browser:deadletters",
      APP_DISPATCHER_LIVE_SHORTEST_INTERVAL: "1",
      ...(auth ? { APP_GATEWAY_JWT_SECRET: secret, APP_GATEWAY_JWT_ISSUER: issuer, APP_GATEWAY_JWT_AUDIENCE: audience } : {}),
      ...env,
    };
    this.#redis = run("redis-server", ["--port", String(redis), "--bind", "127.0.0.1", "--save", "", "--dir", this.dir], { PATH: this.#env.PATH ?? "" });
    await answers(() => canConnect(redis));
    this.#consumer = run(join(binaries(), "consumer"), [], this.#env);
    await this.startServer();
  }

  async startServer(): Promise<void> {
    this.#server = run(join(binaries(), "server"), [], this.#env);
    await answers(async () => (await fetch(`${this.url}/ready`).catch(() => undefined))?.status === 200);
  }

  /** The ids of a stream's entries, as Redis has them. */
  entries(stream: string): string[] {
    const text = execFileSync("redis-cli", ["-p", this.#env.APP_REDIS_PORT ?? "", "--raw", "EVAL", "local ids = {} for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do ids[#ids + 1] = e[1] end return ids", "1", stream], { encoding: "utf8" });
    return text.split("\n").filter((line) => line !== "");
  }

  async killServer(): Promise<void> {
    await end(this.#server, "SIGKILL");
  }

  /** A token for a tenant, as an identity provider would sign it. */
  token(claims: Record<string, unknown>): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iss: issuer, aud: audience, sub: "test", iat: now, exp: now + 3600, ...claims })}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  }

  async stop(): Promise<void> {
    await end(this.#server, "SIGTERM");
    await end(this.#consumer, "SIGTERM");
    await end(this.#redis, "SIGTERM");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The demo, kept: everything in one process, with the broker that it embeds. */
export class Demo {
  readonly dir = mkdtempSync(join(tmpdir(), "demo-"));
  #process: ChildProcess | undefined;
  url = "";
  adminURL = "";

  static async start(): Promise<Demo> {
    const d = new Demo();
    const [port, admin] = [await freePort(), await freePort()];
    d.url = `http://127.0.0.1:${port}`;
    d.adminURL = `http://127.0.0.1:${admin}`;
    const env = { PATH: process.env.PATH ?? "", HOME: d.dir, TMPDIR: d.dir, PORT: String(port), APP_GATEWAY_ADMIN_PORT: String(admin) };
    d.#process = run(join(binaries(), "dispatcher"), ["demo", "--keep"], env);
    try {
      await answers(async () => (await fetch(`${d.url}/ready`).catch(() => undefined))?.status === 200);
    } catch (error) {
      await d.stop();
      throw error;
    }
    return d;
  }

  async stop(): Promise<void> {
    await end(this.#process, "SIGTERM");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const secret = "a-secret-of-the-tests-alone-long-enough-for-HS256";
const issuer = "https://issuer.test";
const audience = "dispatcher";

let built = "";

/** Builds the programs once a run, or takes those of DISPATCHER_TEST_BIN. */
function binaries(): string {
  if (process.env.DISPATCHER_TEST_BIN) return process.env.DISPATCHER_TEST_BIN;
  if (!built) {
    built = join(root, "bin");
    execFileSync("go", ["build", "-o", `${built}/`, "./cmd/consumer", "./cmd/server", "./cmd/dispatcher"], { cwd: root, stdio: "inherit" });
  }
  return built;
}

function run(command: string, args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", process.env.DISPATCHER_TEST_LOGS ? "inherit" : "ignore"] });
  child.on("error", (error) => console.error(`${command}: ${error.message}`));
  return child;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

// Below the ports that a system gives to whoever asks for any: a server that is killed finds its own free when it starts again.
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

function canConnect(port: number): Promise<boolean> {
  return import("node:net").then(
    ({ connect }) =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.once("connect", () => {
          socket.destroy();
          resolve(true);
        });
        socket.once("error", () => resolve(false));
      }),
  );
}

async function answers(ok: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2400; i++) {
    if (await ok()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it has not started within 120 s");
}
