import { checkOptions } from "../../internal/check_options.ts";
import { DEFAULTS } from "./_defaults.ts";
import { SERVER_CHECKS } from "./_server_checks.ts";
import { hostsFor } from "./admission/_served_hosts.ts";
import type { ReceptionLimits } from "./admission/_admission.ts";
import type { ChatRoomOptions } from "../room/chat_room.ts";
import type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./serve_chat.ts";

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
 * @throws {TypeError} If neither side is to be served, or an option has no valid
 * type.
 */
export function readSettings(options: ChatServerOptions): ServerSettings {
  checkOptions(options, SERVER_CHECKS);
  return {
    ...readSides(options),
    room: {
      server: options.name,
      reservedNicknames: options.reservedNicknames,
      operatorToken: options.operatorToken,
      store: options.store,
      flood: {
        burst: options.burst ?? DEFAULTS.burst,
        perSecond: options.rate ?? DEFAULTS.rate,
      },
    },
    maxConnections: options.maxConnections ?? DEFAULTS.maxConnections,
    maxPerAddress: options.maxPerAddress ?? DEFAULTS.maxPerAddress,
    maxNewPerAddress: options.maxNewPerAddress ?? DEFAULTS.maxNewPerAddress,
    exemptLoopback: options.exemptLoopback ?? DEFAULTS.exemptLoopback,
    nicknameTimeout: options.nicknameTimeout ?? DEFAULTS.nicknameTimeout,
    requestTimeout: options.requestTimeout ?? DEFAULTS.requestTimeout,
    maxLineLength: options.maxLineLength ?? DEFAULTS.maxLineLength,
    maxQueuedBytes: options.maxQueuedBytes ?? DEFAULTS.maxQueuedBytes,
    pingInterval: options.pingInterval ?? DEFAULTS.pingInterval,
    drainTimeout: options.drainTimeout ?? DEFAULTS.drainTimeout,
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
