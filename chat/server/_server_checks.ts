import {
  checkOptions,
  isCount,
  isInteger,
  isSignal,
  isTime,
  isType,
  type OptionCheck,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { TLS_CHOICE_CHECKS, wantsTls } from "../../tcp/_tls_choice.ts";
import { prepareHosts } from "../../websocket/_allowed_hosts.ts";
import { checkAllowedOrigins } from "../../websocket/_origin.ts";
import type { AllowedHosts } from "../../websocket/mod.ts";
import {
  hasMethods,
  isAmount,
  isAtLeast,
  isCollectionOfStrings,
} from "../_option_checks.ts";
import { cleanText } from "../room/text/_clean_text.ts";
import type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./serve_chat.ts";

/** The most characters of a server's name. */
const MAX_NAME_LENGTH = 64;

/** The most bytes of a line: a WebSocket's message has four times as many. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

const TCP_CHECKS: OptionChecks<ChatTcpOptions> = {
  hostname: isType("string"),
  port: isInteger(0, 65535),
  ...TLS_CHOICE_CHECKS,
};

const HTTP_CHECKS: OptionChecks<ChatHttpOptions> = {
  ...TCP_CHECKS,
  allowedOrigins: checkAllowedOrigins,
  allowedHosts: (value) => void prepareHosts(value as AllowedHosts),
};

/** The checks of the options of a chat server. */
export const SERVER_CHECKS: OptionChecks<ChatServerOptions> = {
  tcp: isSide(TCP_CHECKS),
  http: isSide(HTTP_CHECKS),
  name: isName,
  relay: hasMethods("publish", "subscribe"),
  reservedNicknames: isCollectionOfStrings,
  store: hasMethods("load", "append"),
  operatorToken: isType("string"),
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
  };
}

/** One line. */
function isName(value: unknown, name: string): void {
  isType("string")(value, name);
  const text = value as string;
  const isLine = text.trim() !== "" && cleanText(text) === text;
  if (isLine && [...text].length <= MAX_NAME_LENGTH) return;
  throw new SyntaxError(
    `Cannot use name "${text}": expected one line of 1 to ${MAX_NAME_LENGTH} characters`,
  );
}
