import type { Command } from "../_program.ts";
import { SPARE_FILES, type Tools } from "../_tools.ts";
import type { Contestant, Workload } from "../_workload.ts";

/** The load generators that have a stand-in in JavaScript, with how it is called. */
const STAND_INS: ReadonlyMap<string, readonly string[]> = new Map([
  ["tcp_load", ["load/stand_in.mjs", "tcp_load"]],
  ["ws_load", ["load/stand_in.mjs", "ws_load"]],
  ["tls_load", ["load/tls_stand_in.mjs"]],
]);

/**
 * The commands of the benchmarks, as far as this machine can run them: a command
 * is `undefined` if a tool is missing.
 */
export class Kit {
  readonly #tools: Tools;
  /** What every command begins with. */
  readonly #prefix: Command;
  readonly #locate: Locate;

  /**
   * @param tools The tools of this machine.
   * @param locate Where the files are: in this folder, if left out.
   * @param prefix What every command begins with.
   */
  constructor(tools: Tools, locate: Locate = pathOf, prefix: Command = []) {
    this.#tools = tools;
    this.#locate = locate;
    this.#prefix = prefix;
  }

  /** The same commands, all of them on one core where the system can do that. */
  onOneCore(): Kit {
    return new Kit(this.#tools, this.#locate, this.#tools.pin);
  }

  /** The folder with the certificate of all TLS servers, and its key. */
  get certificate(): string {
    return this.#tools.certificate;
  }

  /** Whether one process may have so many connections. */
  canOpen(connections: number): boolean {
    return this.#tools.fileLimit >= connections + SPARE_FILES;
  }

  /** Runs a file of this folder under Deno. */
  deno(file: string, ...args: Argument[]): Command {
    return [
      ...this.#prefix,
      Deno.execPath(),
      "run",
      "-A",
      "--unstable-net",
      "--v8-flags=--expose-gc",
      this.#locate(file),
      ...args.map(String),
    ];
  }

  /** Runs a file of this folder under Node. */
  node(file: string, ...args: Argument[]): Command | undefined {
    if (!this.#tools.hasNode) return undefined;
    return [
      ...this.#prefix,
      "node",
      "--expose-gc",
      this.#locate(file),
      ...args.map(String),
    ];
  }

  /** Runs a file of this folder that uses npm's `ws`, under Node. */
  npmUnderNode(file: string, ...args: Argument[]): Command | undefined {
    const { ws } = this.#tools;
    return ws === undefined ? undefined : this.node(file, ws, ...args);
  }

  /** Runs a file of this folder that uses npm's `ws`, under Deno. */
  npmUnderDeno(file: string, ...args: Argument[]): Command | undefined {
    const { ws } = this.#tools;
    return ws === undefined ? undefined : this.deno(file, ws, ...args);
  }

  /** Runs a file of this folder that uses `nats-server` and its client, under Deno. */
  denoWithNats(file: string, ...args: Argument[]): Command | undefined {
    const { nats } = this.#tools;
    return nats === undefined ? undefined : this.deno(file, nats, ...args);
  }

  /** Runs a file of this folder under Bun. */
  bun(file: string, ...args: Argument[]): Command | undefined {
    const { bun } = this.#tools;
    if (bun === undefined) return undefined;
    return [...this.#prefix, bun, this.#locate(file), ...args.map(String)];
  }

  /** Runs a compiled C program. */
  c(name: string, ...args: Argument[]): Command | undefined {
    const { compiled, missing } = this.#tools;
    if (compiled === undefined || missing.includes(name)) return undefined;
    return [...this.#prefix, `${compiled}/${name}`, ...args.map(String)];
  }

  /** Runs a load generator, or where there is one its stand-in. */
  load(name: string, ...args: Argument[]): Command | undefined {
    const command = this.c(name, ...args);
    const [file, ...rest] = STAND_INS.get(name) ?? [];
    if (command !== undefined || file === undefined) return command;
    return this.node(file, ...rest, ...args) ??
      this.deno(file, ...rest, ...args);
  }
}

/** Gives the path of a file, such as `"servers/tcp_echo.ts"`. */
export type Locate = (file: string) => string;

/** What a command takes. */
export type Argument = string | number;

/** Makes a workload of the contestants that can take part, if there are two. */
export function workload(
  parts: Omit<Workload, "contestants"> & {
    readonly contestants: readonly (Contestant | undefined)[];
  },
): Workload[] {
  const contestants = parts.contestants.filter((one) => one !== undefined);
  return contestants.length < 2 ? [] : [{ ...parts, contestants }];
}

function pathOf(file: string): string {
  return new URL(`../${file}`, import.meta.url).pathname;
}
