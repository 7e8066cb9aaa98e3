import { TextLineStream } from "@std/streams";

/** Whether programs may be started. */
export function canRun(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** Whether a program is there to be started. */
export function hasProgram(name: string): boolean {
  if (!canRun()) return false;
  try {
    new Deno.Command(name, {
      args: ["-h"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A program that runs, typed to and read line by line. */
export class Child implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #isOver = false;

  constructor(
    program: string | URL,
    args: string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ) {
    this.process = new Deno.Command(program, {
      ...options,
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.process.stdin.getWriter();
    this.#stdout = this.process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.#stderr = new Response(this.process.stderr).text();
  }

  /** Types text. */
  async type(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  /** Ends the program's input. */
  async endInput(): Promise<void> {
    await this.#stdin.close().catch(() => {});
  }

  /** Reads the next line that the program has written, `null` at the end. */
  async next(): Promise<string | null> {
    const { value } = await this.#stdout.read();
    return value ?? null;
  }

  /** Reads lines up to the one that fits, and returns that. */
  async until(pattern: RegExp): Promise<string> {
    const lines: string[] = [];
    while (true) {
      const line = await this.next();
      if (line === null) {
        throw new Error(
          `The program ended before ${pattern}: ${lines.join("\n")}`,
        );
      }
      if (pattern.test(line)) return line;
      lines.push(line);
    }
  }

  /** Reads up to the end, and tells how the program ended. */
  async end(): Promise<{ code: number; lines: string[]; errors: string }> {
    const lines: string[] = [];
    for (
      let line = await this.next();
      line !== null;
      line = await this.next()
    ) lines.push(line);
    const [{ code }, errors] = await Promise.all([
      this.process.status,
      this.#stderr,
    ]);
    this.#isOver = true;
    await this.endInput();
    return { code, lines, errors };
  }

  /** Ends the program if it still runs, as after a test that failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.process.kill("SIGKILL");
    await this.end();
  }
}
