import type { ChatServerOptions } from "../server/chat_server_options.ts";
import { DEFAULTS } from "../server/_server_settings.ts";

/** The options of a server that are numbers. */
type LimitName = {
  [name in keyof ChatServerOptions]-?: ChatServerOptions[name] extends
    number | undefined ? name : never;
}[keyof ChatServerOptions];

/** One option of the program. */
export interface ProgramOption {
  /** The placeholder for its value in the help; a flag has none. */
  readonly value?: string;
  /** The default, if the help shows one. */
  readonly fallback?: string | number | undefined;
  readonly text: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
  /** The option without which it means nothing. */
  readonly needs?: "cluster" | "data";
  /** The limit of the server that it sets. */
  readonly limit?: LimitName;
}

/** An option for a limit; the help shows the default of the server. */
function number(limit: LimitName, text: string): ProgramOption {
  return { value: "NUMBER", fallback: DEFAULTS[limit], text, limit };
}

function bytes(limit: LimitName, text: string): ProgramOption {
  return { ...number(limit, text), value: "BYTES" };
}

function seconds(limit: LimitName, text: string): ProgramOption {
  const fallback = DEFAULTS[limit] / 1000;
  return { value: "SECONDS", fallback, text, limit };
}

/** An option with a file. */
function file(text: string, fallback?: string): ProgramOption {
  return { value: "FILE", text, fallback };
}

/** An option that may be given several times. */
function list(value: string, fallback: string, text: string): ProgramOption {
  return { value, fallback, text: `${text}; repeatable`, multiple: true };
}

/** All options except `--help`, by the headings of the help. */
export const OPTION_GROUPS = {
  "Addresses": {
    "host": {
      value: "ADDRESS",
      fallback: DEFAULTS.hostname,
      text: "the address to listen on; 0.0.0.0 for all",
    },
    "port": {
      value: "PORT",
      fallback: DEFAULTS.port,
      text: "for nc and telnet; 0 lets the system choose",
    },
    "http-port": {
      value: "PORT",
      fallback: DEFAULTS.httpPort,
      text: "for browsers; 0 lets the system choose",
    },
    "no-tcp": { text: "no port for nc and telnet" },
    "no-http": { text: "no port for browsers and WebSockets" },
    "tls-cert": file("the certificate chain in PEM, for both ports", "no TLS"),
    "tls-key": file("the private key in PEM; SIGHUP reloads both"),
  },
  "Behind a proxy": {
    "trusted-proxy": list(
      "CIDR",
      "none",
      "its X-Forwarded-For tells the client",
    ),
    "forwarded-origin": {
      text: "its X-Forwarded-Proto and -Host tell the origin",
    },
    "proxy-protocol": list("CIDR", "none", "its PROXY headers tell the client"),
    "base-path": {
      value: "/PATH",
      fallback: "none",
      text: "the prefix of the page, as the proxy passes it on",
    },
  },
  "The chat": {
    "name": {
      value: "NAME",
      fallback: "none",
      text: "the name of the server; in a cluster its own one",
    },
    "data": file("keeps rooms and history in this SQLite file", "in memory"),
    "backup": {
      value: "FOLDER",
      fallback: "none",
      text: "where SIGUSR2 copies the file to",
      needs: "data",
    },
    "keep": {
      value: "COUNT|DAYSd",
      fallback: "10000",
      text: "messages of a room in it; or days, such as 90d",
      needs: "data",
    },
    "lang": {
      value: "TAG",
      fallback: "en",
      text: "the language of lines of text: en or zh",
    },
    "syntax": {
      value: "full|plain",
      fallback: "full",
      text: "plain makes lines such as n:NAME text",
    },
    "edit-time": seconds("editTime", "to change or delete an own message"),
    "reserve": list(
      "NICKNAME",
      "System, Admin and the like",
      "a nickname that no user may have",
    ),
  },
  "Several servers": {
    "cluster": list("URL", "one server", "the broker, as nats://HOST:PORT"),
    "cluster-stream": {
      value: "NAME",
      fallback: "CHAT",
      text: "the stream, the same for all servers of the chat",
      needs: "cluster",
    },
    "cluster-skip": {
      ...list("NUMBER", "none", "a batch that no server can read"),
      needs: "cluster",
    },
    "cluster-credentials": {
      ...file("a credentials file of NATS", "none"),
      needs: "cluster",
    },
    "cluster-ca": {
      ...file(
        "certificates that sign that of the broker, in PEM",
        "those of the system",
      ),
      needs: "cluster",
    },
  },
  "Access": {
    "password-file": file(
      "its first line is the password of all users",
      "no password",
    ),
    "invite-only": { text: "by invitation only; needs --data or --cluster" },
    "auth-header": {
      value: "FIELD",
      fallback: "none",
      text: "with the nickname; needs --trusted-proxy",
    },
    "open": { text: "to all; confirms that with --host 0.0.0.0" },
  },
  "Operators": {
    "operator-token-file": file(
      "its first line is the token for /operator",
      "no operators",
    ),
    "operator-token": {
      value: "TOKEN",
      text: "the token; visible to users of this machine",
    },
  },
  "Limits": {
    "max-rooms": number("maxRooms", "open rooms, including the lobby"),
    "max-connections": number("maxConnections", "connections at once"),
    "max-per-address": number("maxPerAddress", "of them of an address or /64"),
    "max-new": number("maxNewPerAddress", "new ones of it in 10 minutes"),
    "exempt-loopback": {
      value: "on|off",
      fallback: DEFAULTS.exemptLoopback ? "on" : "off",
      text: "exempts this machine from the two above",
    },
    "nickname-time": seconds("nicknameTimeout", "to choose a nickname"),
    "request-time": seconds("requestTimeout", "for a request of a browser"),
    "max-line": bytes("maxLineLength", "in a line; longer ones are refused"),
    "burst": number("burst", "lines that a user may send at once"),
    "rate": number("rate", "lines a second that a user may send then"),
    "max-queue": bytes("maxQueuedBytes", "that a user may leave unread"),
    "ping": seconds("pingInterval", "between pings of a WebSocket"),
    "drain": seconds("drainTimeout", "without progress to send a goodbye"),
    "allow-origin": list(
      "ORIGIN",
      "the page of this server",
      "pages that may connect; * for all",
    ),
    "allow-host": list(
      "NAME",
      "any; with --host 127.0.0.1 none",
      "further hosts of the page; * for all",
    ),
  },
  "Monitoring": {
    "log": {
      value: "json",
      fallback: "no log",
      text: "writes each event as a line to stderr",
    },
    "log-addresses": { text: "with addresses of users; never their messages" },
    "metrics": {
      value: "[HOST:]PORT",
      fallback: "none",
      text: "counters for Prometheus; HOST is 127.0.0.1",
    },
  },
} as const satisfies Record<string, Record<string, ProgramOption>>;

type Groups = typeof OPTION_GROUPS;

/** The name of an option. */
export type OptionName = {
  [group in keyof Groups]: keyof Groups[group];
}[keyof Groups];

/** All options by name. */
export const OPTIONS: ReadonlyMap<string, ProgramOption> = new Map(
  Object.values<Record<string, ProgramOption>>(OPTION_GROUPS).flatMap(
    Object.entries<ProgramOption>,
  ),
);
