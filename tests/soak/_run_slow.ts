import { BadLink, SLOW } from "../faults/_namespaces.ts";

const PROGRAM = import.meta.resolve("./_slow_program.ts");
const RUN = ["run", "--no-prompt", "--unstable-net", "--allow-net", PROGRAM];

/** Milliseconds that the client may take; it is made for less than 90 s. */
const LONGEST = 150_000;
/** Milliseconds that the others may take to end behind it. */
const LONGEST_END = 30_000;

/** A program that runs, and what it prints. */
class Running {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** Reads a line; `undefined` at the end. */
  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#lines.read();
      if (done) return undefined;
      this.#rest += value;
    }
  }

  /** Ends its input, which is how it is told to end. */
  async finish(): Promise<void> {
    await this.#process.stdin.close();
  }

  /**
   * Takes its lines until it has ended by itself, and kills it if it does not.
   *
   * @returns What is wrong with its end.
   */
  async end(
    name: string,
    longest: number,
    onLine: (line: string) => void,
  ): Promise<string[]> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#process.kill("SIGKILL");
    }, longest);
    for (
      let line = await this.readLine();
      line !== undefined;
      line = await this.readLine()
    ) onLine(line);
    const { code } = await this.#process.status;
    clearTimeout(timer);
    if (isLate) return [`The ${name} did not end in ${longest / 1000} s`];
    return code === 0 ? [] : [`The ${name} ended with code ${code}`];
  }
}

function spawn(...args: string[]): Running {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  return new Running(command.spawn());
}

/**
 * Does what people do with a slow link, all at once and with default options:
 * over a link of 1 Mbit/s between two network namespaces, and where the system
 * does not allow these, through a relay that passes as much.
 *
 * @param log Takes what is to be told.
 * @returns What is wrong: nothing, if all is well.
 */
export async function runSlow(log: (line: string) => void): Promise<string[]> {
  // Others, such as BBR, send a quarter again where so many share a link.
  using link = BadLink.make(SLOW, "reno");
  log(
    link === undefined
      ? "A relay of 1 Mbit/s each way (network namespaces are not possible)"
      : `Two network namespaces, each with ${link.discipline}`,
  );
  const start = performance.now();
  const problems: string[] = [];
  const onLine = (line: string) => {
    if (line.startsWith("PROBLEM ")) problems.push(line.slice(8));
    else log(line);
  };
  const server = link === undefined
    ? spawn(...RUN, "serve", "127.0.0.1")
    : new Running(link.spawn("server", ...RUN, "serve", link.hostname));
  const addresses = await server.readLine() ?? "[]";
  const relay = link === undefined
    ? spawn(...RUN, "relay", addresses)
    : undefined;
  const dialled = await relay?.readLine() ?? addresses;
  const client = link === undefined
    ? spawn(...RUN, "dial", dialled)
    : new Running(link.spawn("client", ...RUN, "dial", dialled));
  await client.finish();
  problems.push(...await client.end("client", LONGEST, onLine));
  await server.finish();
  problems.push(...await server.end("server", LONGEST_END, onLine));
  await relay?.finish();
  problems.push(...await relay?.end("relay", LONGEST_END, onLine) ?? []);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  log(`All processes have ended, after ${seconds} s`);
  return problems;
}
