import { DEFAULTS } from "../server/_server_settings.ts";

/** One option of the program: how it is given and what the help says of it. */
export interface ProgramOption {
  /** What stands for its value in the help; a flag has none. */
  readonly value?: string;
  /** What holds without it, as shown in the help; not shown if missing. */
  readonly fallback?: string;
  readonly text: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
}

const seconds = (milliseconds: number) => String(milliseconds / 1000);

/** All options but `--help`, by the headings of the help. */
export const OPTION_GROUPS = {
  "Where it listens": {
    "host": {
      value: "ADDRESS",
      fallback: DEFAULTS.hostname,
      text: "where to listen; 0.0.0.0 lets other machines in",
    },
    "port": {
      value: "PORT",
      fallback: String(DEFAULTS.port),
      text: "for nc and telnet; 0 lets the system choose",
    },
    "http-port": {
      value: "PORT",
      fallback: String(DEFAULTS.httpPort),
      text: "for browsers; 0 lets the system choose",
    },
    "no-tcp": { text: "serves nobody with nc and telnet" },
    "no-http": { text: "serves no page and no WebSockets" },
    "tls-cert": {
      value: "FILE",
      fallback: "no TLS",
      text: "the certificate chain in PEM, for both ports",
    },
    "tls-key": { value: "FILE", text: "the private key in PEM" },
    "announce": {
      text: "chat:join --discover finds it; needs --host",
    },
  },
  "The chat": {
    "name": {
      value: "NAME",
      fallback: "none",
      text: "what the server is called, for the greeting",
    },
    "data": {
      value: "FILE",
      fallback: "in memory",
      text: "keeps rooms and history in this SQLite file",
    },
    "reserve": {
      value: "NICKNAME",
      fallback: "System, Admin and the like",
      text: "a nickname that nobody may have; repeats",
      multiple: true,
    },
  },
  "Operators": {
    "operator-token-file": {
      value: "FILE",
      fallback: "no operators",
      text: "has the token for /operator in its first line",
    },
    "operator-token": {
      value: "TOKEN",
      text: "the token itself; others on this machine see it",
    },
  },
  "Protections": {
    "max-connections": {
      value: "NUMBER",
      fallback: String(DEFAULTS.maxConnections),
      text: "how many may connect; more are turned away",
    },
    "max-per-address": {
      value: "NUMBER",
      fallback: String(DEFAULTS.maxPerAddress),
      text: "connections of an address at once (IPv6: a /64)",
    },
    "max-new": {
      value: "NUMBER",
      fallback: String(DEFAULTS.maxNewPerAddress),
      text: "new ones of an address in 10 minutes",
    },
    "exempt-loopback": {
      value: "on|off",
      fallback: DEFAULTS.exemptLoopback ? "on" : "off",
      text: "whether these two are not for this machine",
    },
    "nickname-time": {
      value: "SECONDS",
      fallback: seconds(DEFAULTS.nicknameTimeout),
      text: "how long one may take to choose a nickname",
    },
    "request-time": {
      value: "SECONDS",
      fallback: seconds(DEFAULTS.requestTimeout),
      text: "how long a request for the page may take",
    },
    "max-line": {
      value: "BYTES",
      fallback: String(DEFAULTS.maxLineLength),
      text: "the longest message; a longer one ends the visit",
    },
    "burst": {
      value: "NUMBER",
      fallback: String(DEFAULTS.burst),
      text: "lines at once; who sends more waits, is warned",
    },
    "rate": {
      value: "NUMBER",
      fallback: String(DEFAULTS.rate),
      text: "and then lines a second; who goes on is kicked",
    },
    "max-queue": {
      value: "BYTES",
      fallback: String(DEFAULTS.maxQueuedBytes),
      text: "how much may wait for one who does not read",
    },
    "ping": {
      value: "SECONDS",
      fallback: seconds(DEFAULTS.pingInterval),
      text: "how often WebSockets must give a sign of life",
    },
    "allow-origin": {
      value: "ORIGIN",
      fallback: "the page of this server",
      text: "whose pages may connect too; * for all; repeats",
      multiple: true,
    },
    "allow-host": {
      value: "NAME",
      fallback: "any; with --host 127.0.0.1 none",
      text: "further hosts of the page; * for all; repeats",
      multiple: true,
    },
    "drain": {
      value: "SECONDS",
      fallback: seconds(DEFAULTS.drainTimeout),
      text: "how long those who leave are sent what waits",
    },
  },
  "Watching it": {
    "log": {
      value: "json",
      fallback: "no log",
      text: "tells what happens, one line each, on stderr",
    },
    "log-addresses": { text: "with addresses of users; never what they say" },
    "metrics": {
      value: "PORT",
      fallback: "none",
      text: "counters for Prometheus on 127.0.0.1",
    },
  },
} as const satisfies Record<string, Record<string, ProgramOption>>;
