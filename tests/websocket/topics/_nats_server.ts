import { createRequire } from "node:module";

const HOST = "127.0.0.1";

/** A real `nats-server`, which can be killed and started again. */
export class NatsServer implements AsyncDisposable {
  #process: Deno.ChildProcess | undefined;

  /** The port: chosen by the system at the first start, and kept. */
  port = -1;

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    this.#process = new Deno.Command("nats-server", {
      args: ["-a", HOST, "-p", `${this.port}`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#read(this.#process.stderr, resolve).then(
      () => reject(new Error("nats-server has ended")),
      reject,
    );
    this.port = await promise;
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    process?.kill("SIGKILL");
    await process?.status;
  }

  /** Kills it at the end of a scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #read(
    log: ReadableStream<Uint8Array>,
    onPort: (port: number) => void,
  ): Promise<void> {
    let text = "";
    const chunks: ReadableStream<string> = log.pipeThrough(
      new TextDecoderStream(),
    );
    for await (const chunk of chunks) {
      text += chunk;
      const [, port] = /client connections on [\d.]+:(\d+)/.exec(text) ?? [];
      const isReady = text.includes("Server is ready");
      if (port !== undefined && isReady) onPort(Number(port));
    }
  }
}

/** The file from which the client of NATS is found, in a folder of `NODE_PATH`. */
export function findNatsClient(): string | undefined {
  const variable = { name: "env", variable: "NODE_PATH" } as const;
  if (Deno.permissions.querySync(variable).state !== "granted") {
    return undefined;
  }
  for (const folder of (Deno.env.get("NODE_PATH") ?? "").split(":")) {
    if (folder === "") continue;
    const entry = `${folder}/index.js`;
    try {
      createRequire(entry).resolve("@nats-io/transport-node");
      return entry;
    } catch {
      continue;
    }
  }
  return undefined;
}
