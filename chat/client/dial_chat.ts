import {
  checkOptions,
  isStrings,
  isTime,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../../internal/check_options.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { defined } from "../_option_checks.ts";
import { VERSION } from "../protocol/_version.ts";
import { parseChatAddress } from "./_chat_address.ts";
import { openTransport } from "./_chat_transport.ts";
import { ChatConn } from "./chat_conn.ts";

export { ChatConn };

/**
 * Options for {@linkcode dialChat}, with limits on connecting.
 *
 * @example Usage
 * ```ts
 * import { dialChat, type DialChatOptions } from "@vnet/net/chat";
 * import { assertRejects } from "@std/assert";
 *
 * const signal = AbortSignal.abort(new Error("Not today"));
 * const options: DialChatOptions = { nickname: "alice", signal };
 * await assertRejects(() => dialChat("127.0.0.1:2020", options), Error, "today");
 * ```
 */
export interface DialChatOptions extends WaitOptions {
  /** The nickname to ask for. Without one, a `nick` has to follow. */
  nickname?: string;
  /** The password, where the server asks for one. */
  password?: string;
  /** The token of an invitation or a `pass`, where the server asks for one. */
  invite?: string;
  /** The secret of another device's session to join, from its `link`. */
  link?: string;
  /**
   * A random name of this device. Without it, the connections of all other devices
   * of the session are replaced.
   */
  device?: string;
  /** The secret of a session to resume, from its `welcome`. */
  session?: string;
  /** The `epoch` of that session, from its `greeting`. */
  epoch?: string;
  /** The highest id that was seen in that epoch. */
  after?: number;
  /**
   * Milliseconds without a sign of life after which the server is pinged, and
   * those that it has for the answer; over WebSockets only.
   *
   * @default {20000}
   */
  pingInterval?: number;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  caCerts?: string[];
}

const CHECKS: OptionChecks<DialChatOptions> = {
  ...WAIT_CHECKS,
  nickname: isType("string"),
  password: isType("string"),
  invite: isType("string"),
  link: isType("string"),
  device: isType("string"),
  session: isType("string"),
  epoch: isType("string"),
  after: isTime,
  pingInterval: isTime,
  caCerts: isStrings,
};

/**
 * Connects to a chat server, and begins with a `hello`: the caller then owns a pair
 * of streams of the protocol's messages. The server's answers, such as `greeting`
 * and `welcome`, are the first to read; from a server that asks for a password or an
 * invitation `access-needed`, and an `error` if that is missing or wrong: then another
 * `hello` may follow.
 *
 * @param address As for {@linkcode ChatClient}: a URL for a WebSocket, `host:port`
 * for TCP.
 * @param options The nickname, a session to resume, and limits on connecting.
 * @returns The open connection.
 * @throws {SyntaxError} If it is no such address.
 * @throws {TypeError | RangeError} If an option is not valid.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {Deno.errors.ConnectionRefused} If no server listens there.
 * @throws {HandshakeError} If the server refuses the WebSocket.
 *
 * @example Usage
 * ```ts
 * import { dialChat, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * const address = `127.0.0.1:${server.tcpAddr.port}`;
 * await using conn = await dialChat(address, { nickname: "alice" });
 * const types: string[] = [];
 * for await (const { type } of conn.readable) {
 *   types.push(type);
 *   if (type === "entered") break;
 * }
 * assertEquals(types, ["greeting", "welcome", "entered"]);
 * ```
 */
export async function dialChat(
  address: string | URL,
  options: DialChatOptions = {},
): Promise<ChatConn> {
  const target = parseChatAddress(address);
  checkOptions(options, CHECKS);
  const { nickname, password, invite, link, device, ...others } = options;
  const { session, epoch, after, pingInterval = 20_000, ...rest } = others;
  const transport = await openTransport(target, { ...rest, pingInterval });
  const begin = { nickname, password, invite, link, device, session };
  const hello = {
    ...{ type: "hello", version: VERSION },
    ...defined({ ...begin, epoch, after }),
  };
  try {
    await transport.send(JSON.stringify(hello));
  } catch (error) {
    transport.cut();
    throw error;
  }
  return new ChatConn(transport, target.name);
}
