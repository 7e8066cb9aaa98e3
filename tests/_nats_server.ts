import { createRequire } from "node:module";

const HOST = "127.0.0.1";
/** How many ports are tried before it is not the port that is wrong. */
const ATTEMPTS = 5;

/** A real `nats-server`, which can be killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #folder: string | undefined;
  #process: Deno.ChildProcess | undefined;
  /** Resolves when all that it printed has been read. */
  #printed: Promise<void> | undefined;

  /** The port: chosen at the first start, and kept. */
  port = -1;

  /**
   * @param options `jetStream`: whether it stores streams, in a folder of its own.
   * `config`: lines of a configuration file.
   */
  constructor(
    options: { jetStream?: boolean; config?: string | undefined } = {},
  ) {
    const { jetStream = false, config } = options;
    const args: string[] = [];
    if (jetStream || config !== undefined) {
      this.#folder = Deno.makeTempDirSync({ prefix: "nats_server_" });
    }
    if (jetStream) args.push("-js", "-sd", `${this.#folder}`);
    if (config !== undefined) {
      const path = `${this.#folder}/server.conf`;
      Deno.writeTextFileSync(path, config);
      args.push("-c", path);
    }
    this.#args = args;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    if (this.port !== -1) return await this.#launch(this.port);
    for (let attempt = 1; this.port === -1; attempt++) {
      const port = choosePort();
      try {
        await this.#launch(port);
        this.port = port;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.kill();
      }
    }
  }

  async #launch(port: number): Promise<void> {
    this.#process = new Deno.Command("nats-server", {
      args: ["-a", HOST, "-p", `${port}`, ...this.#args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#printed = this.#read(this.#process.stderr, resolve);
    this.#printed.then(
      () => reject(new Error("nats-server has ended")),
      reject,
    );
    await promise;
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    try {
      process?.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await process?.status;
    await this.#printed;
  }

  /** Stops it, with its connections open. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Kills it at the end of a scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#folder === undefined) return;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #read(
    log: ReadableStream<Uint8Array>,
    onReady: () => void,
  ): Promise<void> {
    let text = "";
    const chunks: ReadableStream<string> = log.pipeThrough(
      new TextDecoderStream(),
    );
    for await (const chunk of chunks) {
      text += chunk;
      if (text.includes("Server is ready")) onReady();
    }
  }
}

/**
 * A port that systems give to nobody who asks for any, so that none but such a
 * server has it when this one is started again.
 */
function choosePort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}

/** The file from which packages of `@nats-io` are found, in a folder of `NODE_PATH`. */
export function findNatsClient(
  ...packages: readonly ("transport-node" | "jetstream")[]
): string | undefined {
  const variable = { name: "env", variable: "NODE_PATH" } as const;
  if (Deno.permissions.querySync(variable).state !== "granted") {
    return undefined;
  }
  for (const folder of (Deno.env.get("NODE_PATH") ?? "").split(":")) {
    if (folder === "") continue;
    const entry = `${folder}/index.js`;
    try {
      const require = createRequire(entry);
      for (const name of packages) require.resolve(`@nats-io/${name}`);
      return entry;
    } catch {
      continue;
    }
  }
  return undefined;
}
