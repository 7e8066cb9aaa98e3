import { parseArgs } from "node:util";
import { DEFAULTS } from "./_defaults.ts";
import type { ChatServerOptions } from "./serve_chat.ts";

/** What the program is asked to do. */
export type Invocation =
  | { readonly type: "serve"; readonly options: ChatServerOptions }
  | { readonly type: "help" }
  | { readonly type: "error"; readonly message: string };

/** One option of the program: what parses it and what the help says of it. */
interface Option {
  /** What stands for its value in the help. */
  readonly value: string;
  /** What holds without it, as shown in the help. */
  readonly fallback: string;
  readonly text: string;
}

const OPTIONS = {
  "host": {
    value: "ADDRESS",
    fallback: DEFAULTS.hostname,
    text: "where to listen; 0.0.0.0 lets other machines in",
  },
  "port": {
    value: "PORT",
    fallback: String(DEFAULTS.port),
    text: "the port; 0 lets the system choose one",
  },
  "name": {
    value: "NAME",
    fallback: "none",
    text: "what the server is called, for the greeting",
  },
  "max-connections": {
    value: "NUMBER",
    fallback: String(DEFAULTS.maxConnections),
    text: "how many may connect; one more is turned away",
  },
  "max-line": {
    value: "BYTES",
    fallback: String(DEFAULTS.maxLineLength),
    text: "the longest line; a longer one ends in a goodbye",
  },
  "max-queue": {
    value: "BYTES",
    fallback: String(DEFAULTS.maxQueuedBytes),
    text: "how much may wait for one user who does not read",
  },
  "drain": {
    value: "SECONDS",
    fallback: String(DEFAULTS.drainTimeout / 1000),
    text: "how long those who leave are sent what waits",
  },
} as const satisfies Record<string, Option>;

type Values = { readonly [name in keyof typeof OPTIONS]?: string | undefined };

/**
 * Reads the arguments of the command line. `--` before them is passed over, as
 * `deno task` passes it on from those who type it by habit.
 */
export function parseInvocation(args: readonly string[]): Invocation {
  try {
    const { values } = parseArgs({
      args: args[0] === "--" ? args.slice(1) : [...args],
      options: {
        "host": { type: "string" },
        "port": { type: "string" },
        "name": { type: "string" },
        "max-connections": { type: "string" },
        "max-line": { type: "string" },
        "max-queue": { type: "string" },
        "drain": { type: "string" },
        "help": { type: "boolean", short: "h" },
      },
    });
    return values.help
      ? { type: "help" }
      : { type: "serve", options: toServerOptions(values) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: "error", message: firstSentence(error.message) };
  }
}

/** The text for `--help`. */
export function helpText(): string {
  const rows = Object.entries(OPTIONS).flatMap((
    [name, { value, text, fallback }],
  ) => [
    row(`--${name} ${value}`, text),
    row("", `(default: ${fallback})`),
  ]);
  return [
    "A chat server: everyone who connects with nc or telnet is in one room.",
    "",
    "Usage: deno run --allow-net chat/main.ts [OPTIONS]",
    "",
    "Options:",
    ...rows,
    row("-h, --help", "shows this help"),
    "",
    "Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong option,",
    "130 stopped at once by a second signal.",
  ].join("\n");
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(26)}${right}`;
}

function toServerOptions(values: Values): ChatServerOptions {
  const drain = toNumber(values, "drain");
  return {
    tcp: { hostname: values.host, port: toInteger(values, "port", 0, 65535) },
    name: values.name,
    maxConnections: toInteger(values, "max-connections", 1),
    maxLineLength: toInteger(values, "max-line", 1),
    maxQueuedBytes: toInteger(values, "max-queue", 1),
    drainTimeout: drain === undefined ? undefined : drain * 1000,
  };
}

function toNumber(values: Values, name: keyof Values): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^[0-9]+([.][0-9]+)?$/.test(text)) {
    throw new SyntaxError(`Cannot use --${name} "${text}": expected a number`);
  }
  return Number(text);
}

function toInteger(
  values: Values,
  name: keyof Values,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const number = toNumber(values, name);
  if (number === undefined) return undefined;
  if (Number.isInteger(number) && number >= least && number <= most) {
    return number;
  }
  const range = most < Number.MAX_SAFE_INTEGER
    ? `${least} to ${most}`
    : `a whole number from ${least} on`;
  throw new RangeError(
    `Cannot use --${name} "${values[name]}": expected ${range}`,
  );
}

/** The first sentence of an error, with the quotes that this program uses. */
function firstSentence(message: string): string {
  const [line = ""] = message.split("\n");
  return line.split(". ")[0].replace(/[.]$/, "").replaceAll("'", '"');
}
