import {
  checkOptions,
  isCount,
  isInteger,
  isOneOf,
  isSignal,
  isTime,
  isType,
  type OptionCheck,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { isProxyProtocol } from "../../tcp/proxy_protocol/proxy_protocol_options.ts";
import { TLS_CHOICE_CHECKS, wantsTls } from "../../tcp/tls/_tls_choice.ts";
import { prepareHosts } from "../../websocket/handshake/_allowed_hosts.ts";
import { checkAllowedOrigins } from "../../websocket/handshake/_origin.ts";
import {
  PROXY_CHECKS,
  toProxyTrust,
} from "../../websocket/handshake/_trusted_proxies.ts";
import type { AllowedHosts } from "../../websocket/mod.ts";
import {
  defined,
  hasMethods,
  isAmount,
  isAtLeast,
  isCollectionOfStrings,
  withDefaults,
} from "../_option_checks.ts";
import { checkPassword } from "./access/_password.ts";
import { checkUserHeader } from "./access/_trusted_header.ts";
import type { ChatAccessOptions } from "./access/chat_access_options.ts";
import type { ChatClusterOptions } from "../cluster/chat_cluster_options.ts";
import type { ChatLog } from "../cluster/chat_log.ts";
import { ROOM_DEFAULTS } from "../room/_room_rules.ts";
import type { ChatRoomOptions } from "../room/chat_room_options.ts";
import { cleanText } from "../room/text/_clean_text.ts";
import type { ChatStore } from "../store/chat_store.ts";
import { hostsFor } from "./admission/_served_hosts.ts";
import type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./chat_server_options.ts";

/** The limits of a server where the options do not set them. */
const SERVER_LIMITS = {
  maxRooms: ROOM_DEFAULTS.maxRooms,
  editTime: ROOM_DEFAULTS.editTime,
  maxConnections: 10_000,
  maxPerAddress: 16,
  maxNewPerAddress: 32,
  exemptLoopback: true,
  nicknameTimeout: 30_000,
  requestTimeout: 10_000,
  maxLineLength: 4096,
  burst: ROOM_DEFAULTS.burst,
  rate: ROOM_DEFAULTS.perSecond,
  maxQueuedBytes: 256 * 1024,
  pingInterval: 30_000,
  drainTimeout: 5000,
};

/** The default of each option of a server. */
export const DEFAULTS = {
  hostname: "127.0.0.1",
  port: 2020,
  httpPort: 2021,
  ...SERVER_LIMITS,
};

/** The most characters of a server's name. */
const MAX_NAME_LENGTH = 64;

/** The most bytes of a line; a WebSocket message may have four times as many. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

/** The most bytes in JSON of one byte of text, such as `\\u0001`. */
const ESCAPED_LENGTH = 6;

/** Room in a batch for all of an entry but its text. */
const ENTRY_OVERHEAD = 2048;

const LOG_METHODS: readonly (keyof ChatLog)[] = [
  ...["append", "read", "end", "first", "trim", "lease", "servers"] as const,
  ...["loadSnapshots", "saveSnapshot", "close"] as const,
];

const TCP_CHECKS: OptionChecks<ChatTcpOptions> = {
  hostname: isType("string"),
  port: isInteger(0, 65535),
  ...TLS_CHOICE_CHECKS,
  proxyProtocol: isProxyProtocol,
};

const HTTP_CHECKS: OptionChecks<ChatHttpOptions> = {
  ...TCP_CHECKS,
  allowedOrigins: checkAllowedOrigins,
  allowedHosts: (value) => void prepareHosts(value as AllowedHosts),
  ...PROXY_CHECKS,
  basePath: isBasePath,
};

const ACCESS_CHECKS: OptionChecks<ChatAccessOptions> = {
  password: isPassword,
  invitations: hasMethods("add", "take", "giveBack"),
  userHeader: checkUserHeader,
};

const CHECKS: OptionChecks<ChatServerOptions> = {
  tcp: isSide(TCP_CHECKS),
  http: isSide(HTTP_CHECKS),
  name: isName,
  cluster: isCluster,
  reservedNicknames: isCollectionOfStrings,
  store: hasMethods("load", "append"),
  access: (value) => checkOptions(value as ChatAccessOptions, ACCESS_CHECKS),
  operatorToken: isType("string"),
  editTime: isTime,
  language: isType("string"),
  syntax: isOneOf("full", "plain"),
  maxRooms: isCount(1),
  maxConnections: isCount(0),
  maxPerAddress: isCount(0),
  maxNewPerAddress: isCount(0),
  exemptLoopback: isType("boolean"),
  nicknameTimeout: isTime,
  requestTimeout: isTime,
  maxLineLength: isInteger(1, MAX_LINE_LENGTH),
  burst: isAtLeast(1),
  rate: isAmount,
  maxQueuedBytes: isInteger(1, Number.MAX_SAFE_INTEGER),
  pingInterval: isTime,
  drainTimeout: isTime,
  signal: isSignal,
  onEvent: isType("function"),
  onError: isType("function"),
};

type ListenOptions<T extends ChatTcpOptions> =
  & T
  & Required<Pick<ChatTcpOptions, "hostname" | "port">>;

/** The checked options of a server, with the defaults filled in. */
export interface ServerSettings
  extends Required<Pick<ChatServerOptions, keyof typeof SERVER_LIMITS>> {
  readonly tcp: ListenOptions<ChatTcpOptions> | undefined;
  readonly http: ListenOptions<ChatHttpOptions> | undefined;
  readonly room: ChatRoomOptions;
}

/** Checks the options of a server, and fills in the defaults. */
export function readSettings(options: ChatServerOptions): ServerSettings {
  checkOptions(options, CHECKS);
  const limits = withDefaults(options, SERVER_LIMITS);
  const sides = readSides(options);
  if (options.cluster !== undefined) {
    checkCluster(options.cluster, options.store, limits.maxLineLength);
  }
  if (options.access !== undefined) checkSignIn(options.access, sides);
  return {
    ...limits,
    ...sides,
    room: {
      server: options.name,
      reservedNicknames: options.reservedNicknames,
      operatorToken: options.operatorToken,
      store: options.store,
      maxRooms: limits.maxRooms,
      editTime: limits.editTime,
      syntax: options.syntax,
      flood: { burst: limits.burst, perSecond: limits.rate },
    },
  };
}

/** Checks that the log can hold each line, and that the store is for it. */
function checkCluster(
  { log }: ChatClusterOptions,
  store: ChatStore | undefined,
  maxLineLength: number,
): void {
  const entryBytes = maxLineLength * ESCAPED_LENGTH + ENTRY_OVERHEAD;
  if (entryBytes > log.maxBatchBytes) {
    const most = Math.floor(
      (log.maxBatchBytes - ENTRY_OVERHEAD) / ESCAPED_LENGTH,
    );
    throw new RangeError(
      `Cannot use maxLineLength ${maxLineLength} with maxBatchBytes ${log.maxBatchBytes} of cluster.log: expected ${
        most < 1
          ? `maxBatchBytes of ${entryBytes} or more`
          : `maxLineLength of ${most} or less`
      }`,
    );
  }
  // A store without positions does not know which entries of the log it has.
  if (store?.position === undefined || store.epoch === log.epoch) return;
  throw new TypeError(
    `Cannot use store of epoch "${store.epoch}" with cluster.log of epoch "${log.epoch}": expected a store that was opened with the epoch of the log`,
  );
}

/** Checks that nobody gets past the proxy that signs users in. */
function checkSignIn(
  { userHeader, password }: ChatAccessOptions,
  { tcp, http }: Pick<ServerSettings, "tcp" | "http">,
): void {
  if (userHeader === undefined) return;
  if (http?.trustedProxies === undefined) {
    throw new TypeError(
      "Cannot use userHeader: expected http.trustedProxies, from which it is read",
    );
  }
  const isGuarded = password !== undefined && tcp?.proxyProtocol !== undefined;
  if (tcp === undefined || isGuarded) return;
  throw new TypeError(
    "Cannot use userHeader beside tcp: expected tcp.proxyProtocol and a password for it, or tcp: false",
  );
}

/** Reads where to listen: on both sides if the options name neither. */
function readSides(
  { tcp, http }: ChatServerOptions,
): Pick<ServerSettings, "tcp" | "http"> {
  if (tcp === undefined && http === undefined) {
    return readSides({ tcp: {}, http: {} });
  }
  if (!tcp && !http) {
    throw new TypeError("Cannot serve a chat: expected tcp or http");
  }
  const { hostname, port, httpPort } = DEFAULTS;
  const web = http && { hostname, port: httpPort, ...defined(http) };
  return {
    tcp: tcp ? { hostname, port, ...defined(tcp) } : undefined,
    http: web
      ? { ...web, allowedHosts: hostsFor(web.hostname, web.allowedHosts) }
      : undefined,
  };
}

/** The options of a side, or `false` for none. */
function isSide<T extends ChatTcpOptions>(
  checks: OptionChecks<T>,
): OptionCheck {
  return (value, name) => {
    if (value === false) return;
    isType("object")(value, name);
    const side = value as T;
    checkOptions(side, checks);
    wantsTls(side);
    toProxyTrust(side as ChatHttpOptions);
  };
}

/** A password, which the error does not contain. */
function isPassword(value: unknown, name: string): void {
  isType("string")(value, name);
  checkPassword(value as string);
}

/** A path of plain segments, without a slash at its end. */
function isBasePath(value: unknown, name: string): void {
  isType("string")(value, name);
  if (/^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/.test(value as string)) return;
  throw new SyntaxError(
    `Cannot use ${name} "${value}": expected a path such as "/team" of letters, digits, dots, hyphens, tildes and underscores, without a slash at its end`,
  );
}

/** The log and the name of a cluster's server, which the cluster checks. */
function isCluster(value: unknown, name: string): void {
  isType("object")(value, name);
  const { log, name: server } = value as Partial<ChatClusterOptions>;
  hasMethods(...LOG_METHODS)(log, `${name}.log`);
  isType("string")(log?.epoch, `${name}.log.epoch`);
  isCount(1)(log?.maxBatchBytes, `${name}.log.maxBatchBytes`);
  isType("string")(server, `${name}.name`);
}

/** One line of limited length. */
function isName(value: unknown, name: string): void {
  isType("string")(value, name);
  const text = value as string;
  const isLine = text.trim() !== "" && cleanText(text) === text;
  if (isLine && [...text].length <= MAX_NAME_LENGTH) return;
  throw new SyntaxError(
    `Cannot use name "${text}": expected one line of 1 to ${MAX_NAME_LENGTH} characters`,
  );
}
