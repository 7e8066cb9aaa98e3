import { TextLineStream } from "@std/streams";

/** A command: the program, and its arguments. */
export type Command = readonly string[];

/** A program that runs beside this one and is talked to by lines. */
export class Program implements AsyncDisposable {
  readonly #name: string;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  /** Starts a command, with these variables beside those of this program. */
  constructor(
    [program = "", ...args]: Command,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#name = [program, ...args].join(" ");
    this.#process = new Deno.Command(program, {
      args,
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** What the system knows it by. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The next line that it prints. */
  async readLine(): Promise<string> {
    const { value } = await this.#lines.read();
    if (value !== undefined) return value;
    throw new Error(`Cannot measure: "${this.#name}" ended without an answer`);
  }

  /** Sends it a line. */
  async writeLine(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Ends it at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#process.status;
    await this.#lines.cancel();
    await this.#input.abort().catch(() => {});
  }
}
