import { parseArgs } from "node:util";
import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import { isLoopback } from "../../internal/address/address_key.ts";
import { DEFAULTS } from "../server/_server_settings.ts";
import { OPTION_GROUPS, type ProgramOption } from "./_program_options.ts";
import type {
  ChatServerOptions,
  ChatTcpOptions,
} from "../server/chat_server_options.ts";

/** A server that the program is asked to run. */
export interface ServeInvocation {
  readonly type: "serve";
  /** The options that the command line gives by itself. */
  readonly options: ChatServerOptions;
  /** Files that give further ones. */
  readonly files: {
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly data?: string | undefined;
    readonly operatorToken?: string | undefined;
  };
  /** Whether to write a log, and what may be in it. */
  readonly log: { readonly addresses: boolean } | undefined;
  /** Where to serve metrics. */
  readonly metricsPort: number | undefined;
  /** How to tell the local network, if it is to be told. */
  readonly announce: Announce | undefined;
}

/** How to tell the local network of the server. */
export interface Announce {
  /** The IPv4 address of the interface; the system chooses if there is none. */
  readonly interface: string | undefined;
}

/** What the program is asked to do. */
export type Invocation =
  | ServeInvocation
  | { readonly type: "help" }
  | { readonly type: "error"; readonly message: string };

type Groups = typeof OPTION_GROUPS;
type Name = { [group in keyof Groups]: keyof Groups[group] }[keyof Groups];

/**
 * Reads the arguments of the command line. `--` before them is passed over, as
 * `deno task` passes it on from those who type it by habit.
 */
export function parseInvocation(args: readonly string[]): Invocation {
  try {
    const values = new Values(args[0] === "--" ? args.slice(1) : args);
    return values.isHelp ? { type: "help" } : toServe(values);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: "error", message: firstSentence(error.message) };
  }
}

/** What the command line gives for each option. */
class Values {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly isHelp: boolean;

  constructor(args: readonly string[]) {
    const options = Object.values<Record<string, ProgramOption>>(OPTION_GROUPS)
      .flatMap((group) => Object.entries(group))
      .map(([name, { value, multiple = false }]) =>
        [name, { type: value ? "string" : "boolean", multiple }] as const
      );
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(options),
        help: { type: "boolean", short: "h" },
      },
    });
    this.#values = new Map(Object.entries(values));
    this.isHelp = values["help"] === true;
  }

  flag(name: Name): boolean {
    return this.#values.get(name) === true;
  }

  text(name: Name): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  texts(name: Name): string[] | undefined {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  choice<T extends string>(name: Name, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    throw new SyntaxError(
      `Cannot use --${name} "${text}": expected ${choices.join(" or ")}`,
    );
  }

  number(name: Name): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^[0-9]+([.][0-9]+)?$/.test(text)) {
      throw new SyntaxError(
        `Cannot use --${name} "${text}": expected a number`,
      );
    }
    return Number(text);
  }

  milliseconds(name: Name): number | undefined {
    const seconds = this.number(name);
    return seconds === undefined ? undefined : seconds * 1000;
  }

  integer(
    name: Name,
    least: number,
    most = Number.MAX_SAFE_INTEGER,
  ): number | undefined {
    const number = this.number(name);
    if (number === undefined) return undefined;
    if (Number.isInteger(number) && number >= least && number <= most) {
      return number;
    }
    const range = most < Number.MAX_SAFE_INTEGER
      ? `${least} to ${most}`
      : `a whole number from ${least} on`;
    throw new RangeError(
      `Cannot use --${name} "${this.text(name)}": expected ${range}`,
    );
  }

  port(name: Name): number | undefined {
    return this.integer(name, 0, 65535);
  }
}

function toServe(values: Values): ServeInvocation {
  const log = values.choice("log", ["json"]);
  return {
    type: "serve",
    options: toServerOptions(values),
    files: {
      cert: values.text("tls-cert"),
      key: values.text("tls-key"),
      data: values.text("data"),
      operatorToken: values.text("operator-token-file"),
    },
    log: log && { addresses: values.flag("log-addresses") },
    metricsPort: values.port("metrics"),
    announce: values.flag("announce") ? toAnnounce(values) : undefined,
  };
}

function toServerOptions(values: Values): ChatServerOptions {
  const { tcp, http } = toSides(values);
  const origins = values.texts("allow-origin");
  const hosts = values.texts("allow-host");
  const exempt = values.choice("exempt-loopback", ["on", "off"]);
  return {
    tcp,
    http: http && {
      ...http,
      allowedOrigins: origins?.includes("*") ? "*" : origins,
      ...(hosts && { allowedHosts: hosts.includes("*") ? "*" : hosts }),
    },
    name: values.text("name"),
    reservedNicknames: values.texts("reserve"),
    operatorToken: values.text("operator-token"),
    maxConnections: values.integer("max-connections", 1),
    maxPerAddress: values.integer("max-per-address", 1),
    maxNewPerAddress: values.integer("max-new", 1),
    exemptLoopback: exempt && exempt === "on",
    nicknameTimeout: values.milliseconds("nickname-time"),
    requestTimeout: values.milliseconds("request-time"),
    maxLineLength: values.integer("max-line", 1),
    burst: values.integer("burst", 1),
    rate: values.number("rate"),
    maxQueuedBytes: values.integer("max-queue", 1),
    pingInterval: values.milliseconds("ping"),
    drainTimeout: values.milliseconds("drain"),
  };
}

/** Both sides are served unless one is left out. */
function toSides(
  values: Values,
): { tcp: ChatTcpOptions | false; http: ChatTcpOptions | false } {
  const hostname = values.text("host") ?? DEFAULTS.hostname;
  const tcp = { hostname, port: values.port("port") ?? DEFAULTS.port };
  const http = {
    hostname,
    port: values.port("http-port") ?? DEFAULTS.httpPort,
  };
  const sides = {
    tcp: values.flag("no-tcp") ? false as const : tcp,
    http: values.flag("no-http") ? false as const : http,
  };
  if (!sides.tcp && !sides.http) {
    throw new SyntaxError(
      "Cannot use --no-tcp with --no-http: expected a side to serve",
    );
  }
  return sides;
}

/**
 * Reads where to announce the server. Who finds it connects to the IPv4 address
 * that its answer comes from, so it has to listen there.
 */
function toAnnounce(values: Values): Announce {
  const host = values.text("host") ?? DEFAULTS.hostname;
  if (host === "0.0.0.0" || host === "::") return { interface: undefined };
  if (host === "localhost" || isLoopback(host) || isIpv6(host)) {
    throw new SyntaxError(
      `Cannot use --announce with --host "${host}": expected 0.0.0.0, or an IPv4 address in the local network`,
    );
  }
  return { interface: isIpv4(host) ? host : undefined };
}

/** The first sentence of an error, with the quotes that this program uses. */
function firstSentence(message: string): string {
  const [line = ""] = message.split("\n");
  return line.split(". ")[0].replace(/[.]$/, "").replaceAll("'", '"');
}
