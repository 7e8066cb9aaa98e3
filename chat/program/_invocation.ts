import { parseArgs } from "node:util";
import { type HostPort, splitAddress } from "../../internal/address/address.ts";
import { DEFAULTS } from "../server/_server_settings.ts";
import type { ChatServerOptions } from "../server/chat_server_options.ts";
import type { KeepOptions } from "../store/sqlite_store.ts";
import { checkBrokers, type ClusterAddress } from "./_cluster_address.ts";
import {
  type InviteInvocation,
  parseInvite,
  type RevokeInvocation,
} from "./_invite_invocation.ts";
import { type OptionName, OPTIONS } from "./_program_options.ts";

/** The host of the metrics if only a port is given. */
const METRICS_HOST = "127.0.0.1";

/** The request to run a server. */
export interface ServeInvocation {
  readonly type: "serve";
  /** The options of the server that the command line contains. */
  readonly options: ChatServerOptions;
  /** Access to the chat, as the command line sets it. */
  readonly access: AccessChoice;
  /** The broker of a cluster, if the server is in one. */
  readonly cluster: ClusterAddress | undefined;
  /** How much of the history to keep in the data file. */
  readonly keep: KeepOptions | undefined;
  /** Files with further options. */
  readonly files: {
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly data?: string | undefined;
    readonly backup?: string | undefined;
    readonly operatorToken?: string | undefined;
    readonly password?: string | undefined;
  };
  /** Whether to write a log, and its content. */
  readonly log: { readonly addresses: boolean } | undefined;
  /** The address of the metrics. */
  readonly metrics: HostPort | undefined;
}

/** Access to the chat. */
export interface AccessChoice {
  /** Whether the chat is open to all by choice. */
  readonly open: boolean;
  /** Whether invitations are the only way. */
  readonly inviteOnly: boolean;
  /** The field in which a proxy tells the nickname of its user. */
  readonly userHeader?: string | undefined;
}

/** The request to the program. */
export type Invocation =
  | ServeInvocation
  | InviteInvocation
  | RevokeInvocation
  | { readonly type: "help" }
  | { readonly type: "error"; readonly message: string };

/**
 * Reads the arguments of the command line. A leading `--` is ignored, as
 * `deno task` passes it on.
 */
export function parseInvocation(args: readonly string[]): Invocation {
  try {
    const given = args[0] === "--" ? args.slice(1) : args;
    if (given[0] === "invite") return parseInvite(given.slice(1));
    const values = new Values(given);
    return values.isHelp ? { type: "help" } : toServe(values);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: "error", message: firstSentence(error.message) };
  }
}

/** The values of the options on the command line. */
class Values {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly isHelp: boolean;

  constructor(args: readonly string[]) {
    const options = [...OPTIONS].map(([name, { value, multiple = false }]) =>
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

  has(name: OptionName): boolean {
    return this.#values.get(name) !== undefined;
  }

  flag(name: OptionName): boolean {
    return this.#values.get(name) === true;
  }

  text(name: OptionName): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  list(name: OptionName): string[] | undefined {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  listOrAll(name: OptionName): "*" | string[] | undefined {
    const list = this.list(name);
    return list?.includes("*") ? "*" : list;
  }

  choice<T extends string>(
    name: OptionName,
    choices: readonly T[],
  ): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    throw new SyntaxError(
      `Cannot use --${name} "${text}": expected ${choices.join(" or ")}`,
    );
  }

  port(name: OptionName): number | undefined {
    const port = this.#number(name);
    if (port === undefined || isInteger(port, 0, 65535)) return port;
    return this.#refuse(name, "0 to 65535");
  }

  /** A port, perhaps behind a host; without one on localhost. */
  hostPort(name: OptionName): HostPort | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^[0-9]+$/.test(text)) {
      const port = this.port(name);
      return port === undefined ? port : { hostname: METRICS_HOST, port };
    }
    try {
      const [hostname, port] = splitAddress(text);
      if (hostname !== "") return { hostname, port };
    } catch {
      // The error below names the option.
    }
    return this.#refuse(name, "PORT or HOST:PORT");
  }

  /** Checks that an option that is given has another one with it. */
  require(name: OptionName, other: OptionName, why?: string): void {
    if (!this.has(name) || this.has(other)) return;
    const reason = why === undefined ? "" : `, ${why}`;
    throw new SyntaxError(
      `Cannot use --${name}: expected --${other}${reason}`,
    );
  }

  /** The options that are limits of the server. */
  limits(): ChatServerOptions {
    const limits: [string, number][] = [];
    for (const [key, { limit, value }] of OPTIONS) {
      if (limit === undefined) continue;
      const name = key as OptionName;
      const number = this.#number(name);
      if (number === undefined) continue;
      const isSeconds = value === "SECONDS";
      if (!isSeconds && limit !== "rate" && !isInteger(number, 1, Infinity)) {
        this.#refuse(name, "a whole number of at least 1");
      }
      limits.push([limit, isSeconds ? number * 1000 : number]);
    }
    return Object.fromEntries(limits);
  }

  #number(name: OptionName): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^[0-9]+([.][0-9]+)?$/.test(text)) return Number(text);
    throw new SyntaxError(`Cannot use --${name} "${text}": expected a number`);
  }

  #refuse(name: OptionName, expected: string): never {
    throw new RangeError(
      `Cannot use --${name} "${this.text(name)}": expected ${expected}`,
    );
  }
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function toServe(values: Values): ServeInvocation {
  for (const [name, { needs }] of OPTIONS) {
    if (needs !== undefined) values.require(name as OptionName, needs);
  }
  const log = values.choice("log", ["json"]);
  const exempt = values.choice("exempt-loopback", ["on", "off"]);
  return {
    type: "serve",
    options: {
      ...toSides(values),
      name: values.text("name"),
      reservedNicknames: values.list("reserve"),
      operatorToken: values.text("operator-token"),
      exemptLoopback: exempt && exempt === "on",
      language: values.choice("lang", ["en", "zh"]),
      syntax: values.choice("syntax", ["full", "plain"]),
      ...values.limits(),
    },
    files: {
      cert: values.text("tls-cert"),
      key: values.text("tls-key"),
      data: values.text("data"),
      backup: values.text("backup"),
      operatorToken: values.text("operator-token-file"),
      password: values.text("password-file"),
    },
    cluster: toCluster(values),
    keep: toKeep(values),
    access: toAccess(values),
    log: log && { addresses: values.flag("log-addresses") },
    metrics: values.hostPort("metrics"),
  };
}

/** Reads the access, of one kind only, so that none opens the chat by mistake. */
function toAccess(values: Values): AccessChoice {
  const ways =
    (["password-file", "invite-only", "auth-header", "open"] as const)
      .filter((name) => values.has(name));
  const isBoth = (one: OptionName, other: OptionName) =>
    values.has(one) && values.has(other);
  // Users of the line port, which have no header, may need the password.
  const isAllowed = ways.length <= 1 ||
    ways.length === 2 && isBoth("auth-header", "password-file");
  if (!isAllowed) {
    throw new SyntaxError(
      `Cannot use --${ways[0]} with --${ways[1]}: expected one of them`,
    );
  }
  if (!values.has("cluster")) {
    const why = "beside which the invitations are stored";
    values.require("invite-only", "data", why);
  }
  const why = "the only senders of it that are trusted";
  values.require("auth-header", "trusted-proxy", why);
  if (isBoth("auth-header", "no-http")) {
    throw new SyntaxError(
      "Cannot use --auth-header with --no-http: expected users over HTTP",
    );
  }
  return {
    open: values.flag("open"),
    inviteOnly: values.flag("invite-only"),
    userHeader: values.text("auth-header"),
  };
}

/** Reads where the broker is, without a password, which others could see. */
function toCluster(values: Values): ClusterAddress | undefined {
  const servers = values.list("cluster");
  if (servers === undefined) return undefined;
  checkBrokers(servers);
  const name = values.text("name");
  if (name === undefined || !/^[\w-]{1,32}$/.test(name)) {
    throw new SyntaxError(
      "Cannot use --cluster: expected --name with the name of this server, of 1 to 32 letters, digits, - and _",
    );
  }
  const skip = values.list("cluster-skip") ?? [];
  for (const sequence of skip) {
    if (/^[1-9][0-9]{0,14}$/.test(sequence)) continue;
    throw new SyntaxError(
      `Cannot use --cluster-skip "${sequence}": expected the number of a batch`,
    );
  }
  return {
    servers,
    stream: values.text("cluster-stream"),
    credentialsFile: values.text("cluster-credentials"),
    caFile: values.text("cluster-ca"),
    name,
    skip: skip.map(Number),
  };
}

/** Reads how much to keep: messages of a room, or days. */
function toKeep(values: Values): KeepOptions | undefined {
  const text = values.text("keep");
  if (text === undefined) return undefined;
  const [, count, days] = /^([1-9][0-9]{0,8})(d?)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new SyntaxError(
      `Cannot use --keep "${text}": expected messages such as 10000, or days such as 90d`,
    );
  }
  return days === "d"
    ? { days: Number(count), messages: Infinity }
    : { messages: Number(count) };
}

/** The sides to serve: both unless one is left out. */
function toSides(values: Values): Pick<ChatServerOptions, "tcp" | "http"> {
  if (values.flag("no-tcp") && values.flag("no-http")) {
    throw new SyntaxError(
      "Cannot use --no-tcp with --no-http: expected a side to serve",
    );
  }
  const hostname = values.text("host") ?? DEFAULTS.hostname;
  const port = values.port("port") ?? DEFAULTS.port;
  const httpPort = values.port("http-port") ?? DEFAULTS.httpPort;
  const senders = values.list("proxy-protocol");
  const proxies = values.list("trusted-proxy");
  const proxyProtocol = senders && { from: senders };
  const trustedProxies = proxies && { from: proxies };
  return {
    tcp: !values.flag("no-tcp") && { hostname, port, proxyProtocol },
    http: !values.flag("no-http") && {
      hostname,
      port: httpPort,
      // Proxies for HTTP tell their clients by either way, not by both.
      proxyProtocol: trustedProxies === undefined ? proxyProtocol : undefined,
      trustedProxies,
      forwardedOrigin: values.flag("forwarded-origin") || undefined,
      basePath: values.text("base-path"),
      allowedOrigins: values.listOrAll("allow-origin"),
      allowedHosts: values.listOrAll("allow-host"),
    },
  };
}

/** The first sentence of an error, with the quotes of this program. */
function firstSentence(message: string): string {
  const [line = ""] = message.split("\n");
  return line.split(". ")[0].replace(/[.]$/, "").replaceAll("'", '"');
}
