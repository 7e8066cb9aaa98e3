import { deadline } from "@std/async";
import { canRun, Child, hasProgram } from "../_child.ts";

const JOIN = new URL("../../../chat/join.ts", import.meta.url);

/** No wait takes this long unless something hangs. */
const HANGS = 60_000;

/** Whether programs can be run at a pseudo terminal. */
export const hasTerminal: boolean = canRun() && Deno.build.os === "linux" &&
  hasProgram("script");

function denoArgs(...args: string[]): string[] {
  return [
    ...["run", "--no-prompt", "--allow-net", "--allow-read", JOIN.href],
    ...args,
  ];
}

/** Runs the program in a pipe. */
export function start(...args: string[]): Child {
  return new Child(Deno.execPath(), denoArgs(...args));
}

/** A program at a pseudo terminal of 60 columns, or of `COLUMNS`. */
export class Terminal implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  output = "";

  constructor(env: Record<string, string>, ...args: string[]) {
    const command = [Deno.execPath(), ...denoArgs(...args)]
      .map((word) => `'${word}'`).join(" ");
    this.#process = new Deno.Command("script", {
      args: [
        "-qfec",
        `stty cols ${env["COLUMNS"] ?? 60} rows 20; ${command}`,
        "/dev/null",
      ],
      env: { TERM: "xterm", SHELL: "/bin/sh", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#stdout = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
  }

  async type(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  /** Reads up to where a text stands, and returns what is before. */
  async until(text: string): Promise<string> {
    while (true) {
      const at = this.output.indexOf(text);
      if (at !== -1) {
        const before = this.output.slice(0, at);
        this.output = this.output.slice(at + text.length);
        return before;
      }
      const reading = deadline(this.#stdout.read(), HANGS);
      const { value } = await reading.catch((cause) => {
        const output = JSON.stringify(this.output);
        throw new Error(`Nothing comes before ${text}: ${output}`, { cause });
      });
      if (value === undefined) {
        throw new Error(`The program ended before ${text}: ${this.output}`);
      }
      this.output += value;
    }
  }

  /** Reads up to the end, and returns the exit code. */
  async end(): Promise<number> {
    while (true) {
      const { value } = await this.#stdout.read();
      if (value === undefined) break;
      this.output += value;
    }
    const { code } = await this.#process.status;
    await this.#stdin.close().catch(() => {});
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#stdin.close().catch(() => {});
    await this.#stdout.cancel();
    await this.#process.status;
  }
}
