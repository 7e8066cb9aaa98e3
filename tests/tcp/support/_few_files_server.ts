import { assertEquals } from "@std/assert";
import { TextLineStream } from "@std/streams";
import type { ListenerReport } from "./_few_files.ts";

/** A server program that has few files to open, and reports on demand. */
export class FewFilesServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  /**
   * @param files How many files it may open.
   * @param args Arguments of `deno run`: flags, the program, its arguments.
   */
  constructor(files: number, ...args: string[]) {
    const flags = ["--no-prompt", "--allow-net"];
    const run = [Deno.execPath(), "run", ...flags, ...args];
    this.#child = new Deno.Command("bash", {
      args: ["-c", 'ulimit -n "$0" && exec "$@"', `${files}`, ...run],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Whether such a program can be run here. */
  static get isAvailable(): boolean {
    return Deno.build.os !== "windows" &&
      (["run", "read"] as const).every((name) =>
        Deno.permissions.querySync({ name }).state === "granted"
      );
  }

  /** Where it listens. It is told once. */
  async address(): Promise<Deno.NetAddr> {
    const port = Number(await this.#next());
    return { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** The counters of its listener. */
  async report(): Promise<ListenerReport> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return JSON.parse(await this.#next());
  }

  /** Waits until it has failed to accept a connection, as files are missing. */
  async lacksFiles(): Promise<void> {
    while ((await this.report()).errors === 0);
  }

  async #next(): Promise<string> {
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error("The program has ended");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#lines.cancel();
    assertEquals((await this.#child.status).code, 0);
  }
}
