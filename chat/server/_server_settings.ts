import { checkTimeout } from "../../internal/wait_options.ts";
import { checkCount } from "../../tcp/stream_listener.ts";
import { cleanText } from "../room/_clean_text.ts";
import { DEFAULTS } from "./_defaults.ts";
import { hostsFor } from "./_served_hosts.ts";
import type { ReceptionLimits } from "./_reception.ts";
import type { ChatRoomOptions } from "../room/chat_room.ts";
import type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./serve_chat.ts";

/** The most characters of a server's name. */
const MAX_NAME_LENGTH = 64;

type Place = Required<Pick<ChatTcpOptions, "hostname" | "port">>;

/** The options of a server, checked, with what holds where they say nothing. */
export interface ServerSettings extends ReceptionLimits {
  readonly tcp: (Place & ChatTcpOptions) | undefined;
  readonly http: (Place & ChatHttpOptions) | undefined;
  readonly room: ChatRoomOptions;
  readonly nicknameTimeout: number;
  readonly requestTimeout: number;
  readonly maxLineLength: number;
  readonly maxQueuedBytes: number;
  readonly pingInterval: number;
  readonly drainTimeout: number;
}

/**
 * Reads the options of a server.
 *
 * @throws {SyntaxError} If the name is not one line of 1 to 64 characters.
 * @throws {RangeError} If a limit is out of range.
 * @throws {TypeError} If neither side is to be served.
 */
export function readSettings(options: ChatServerOptions): ServerSettings {
  const { name } = options;
  return {
    ...readSides(options),
    room: {
      server: name === undefined ? undefined : checkName(name),
      reservedNicknames: options.reservedNicknames,
      operatorToken: options.operatorToken,
      store: options.store,
      flood: {
        burst: amount("burst", options),
        perSecond: amount("rate", options),
      },
    },
    maxConnections: count("maxConnections", options),
    maxPerAddress: count("maxPerAddress", options),
    maxNewPerAddress: count("maxNewPerAddress", options),
    exemptLoopback: options.exemptLoopback ?? DEFAULTS.exemptLoopback,
    nicknameTimeout: timeout("nicknameTimeout", options),
    requestTimeout: timeout("requestTimeout", options),
    maxLineLength: bytes("maxLineLength", options),
    maxQueuedBytes: bytes("maxQueuedBytes", options),
    pingInterval: timeout("pingInterval", options),
    drainTimeout: timeout("drainTimeout", options),
  };
}

/** Without a word about either side, both are served. */
function readSides(
  { tcp, http }: ChatServerOptions,
): Pick<ServerSettings, "tcp" | "http"> {
  const isOpen = tcp === undefined && http === undefined;
  const side = <T extends ChatTcpOptions>(
    options: T | false | undefined,
    port: number,
  ): (T & Place) | undefined =>
    options || isOpen
      ? {
        ...(options || {}) as T,
        hostname: (options || undefined)?.hostname ?? DEFAULTS.hostname,
        port: (options || undefined)?.port ?? port,
      }
      : undefined;
  const lines = side(tcp, DEFAULTS.port);
  const web = side<ChatHttpOptions>(http, DEFAULTS.httpPort);
  if (lines === undefined && web === undefined) {
    throw new TypeError("Cannot serve a chat: expected tcp or http");
  }
  return {
    tcp: lines,
    http: web &&
      { ...web, allowedHosts: hostsFor(web.hostname, web.allowedHosts) },
  };
}

function checkName(name: string): string {
  const isLine = name.trim() !== "" && cleanText(name) === name;
  if (!isLine || [...name].length > MAX_NAME_LENGTH) {
    throw new SyntaxError(
      `Cannot use name "${name}": expected one line of 1 to ${MAX_NAME_LENGTH} characters`,
    );
  }
  return name;
}

function bytes(
  name: "maxLineLength" | "maxQueuedBytes",
  options: ChatServerOptions,
): number {
  const bytes = options[name] ?? DEFAULTS[name];
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new RangeError(
      `Cannot use ${name} ${bytes}: expected a positive integer`,
    );
  }
  return bytes;
}

function count(
  name: "maxConnections" | "maxPerAddress" | "maxNewPerAddress",
  options: ChatServerOptions,
): number {
  return checkCount(name, options[name] ?? DEFAULTS[name]);
}

function amount(name: "burst" | "rate", options: ChatServerOptions): number {
  const amount = options[name] ?? DEFAULTS[name];
  if (amount > 0) return amount;
  throw new RangeError(`Cannot use ${name} ${amount}: expected more than 0`);
}

function timeout(
  name: "nicknameTimeout" | "requestTimeout" | "pingInterval" | "drainTimeout",
  options: ChatServerOptions,
): number {
  return checkTimeout(options[name] ?? DEFAULTS[name], name);
}
