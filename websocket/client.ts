import type { WaitOptions } from "../internal/wait_options.ts";
import { ClientCallbacks } from "./_callbacks.ts";
import { ClientSession, closedError, type SessionParts } from "./_client_session.ts";
import { Engine } from "./_engine.ts";
import { MAX_CONTROL_SIZE } from "./_frame_encoder.ts";
import { MessageInbox } from "./_message_inbox.ts";
import { utf8Length } from "./_utf8_length.ts";
import { parseWebSocketUrl } from "./_websocket_url.ts";
import { dialHandshake, type DialWebSocketOptions } from "./dial_websocket.ts";
import type { Message } from "./message.ts";
import { OPCode } from "./opcode.ts";
import { State } from "./state.ts";
import type { WebSocketCloseOptions } from "./websocket_conn.ts";

const EMPTY = new Uint8Array(0);
const ENCODER = new TextEncoder();
/** Beyond this length text is encoded to learn its size, instead of measured. */
const LONG_TEXT = 4096;
const ignore = () => {};

/** Options for {@linkcode newClient}. */
export interface ClientOptions
  extends Omit<DialWebSocketOptions, keyof WaitOptions> {
  /**
   * The first value of {@linkcode Client.panicOnCallback}.
   *
   * @default {false}
   */
  panicOnCallback?: boolean;
}

/** What a client is made of. */
interface Parts {
  readonly uri: string;
  readonly resourceName: string;
  readonly isSsl: boolean;
  readonly options: ClientOptions;
  /** The callbacks that the clients of a server share. */
  readonly shared?: ClientCallbacks | undefined;
}

let make: (parts: Parts) => Client;
let attach: (
  client: Client,
  parts: Pick<SessionParts, "options" | "makeLink" | "onEnd">,
) => ClientSession;
let sessionOf: (client: Client) => ClientSession | undefined;

/** Makes the client that a server has of a peer, still without a connection. */
export function makeClient(parts: Parts): Client {
  return make(parts);
}

/** Gives a client its connection. */
export function attachSession(
  client: Client,
  parts: Pick<SessionParts, "options" | "makeLink" | "onEnd">,
): ClientSession {
  return attach(client, parts);
}

/** The connection of a client, or its last one. */
export function getSession(client: Client): ClientSession | undefined {
  return sessionOf(client);
}

/**
 * Makes a client for a server's URL, which connects when told to (V
 * `websocket.new_client`).
 *
 * @param url Where to, with `ws:` or `wss:`. A user name and password in it go
 * out as Basic credentials.
 * @param options What to ask for, and the limits.
 * @returns The client, in state `closed`.
 * @throws {SyntaxError} If `url` is no WebSocket URL.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "/echo", { hostname: "127.0.0.1" });
 * server.onMessage((ws, message) => ws.write(message.payload, message.opcode));
 * const { promise: listening, resolve: onListen } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen });
 * const { port } = await listening;
 *
 * const client = newClient(`ws://127.0.0.1:${port}/echo`);
 * client.onMessage((ws, message) => {
 *   assertEquals(message.text(), "hello");
 *   ws.close();
 * });
 * await client.connect();
 * await client.writeString("hello");
 * await client.listen();
 *
 * await server.close();
 * await serving;
 * ```
 */
export function newClient(
  url: string | URL,
  options: ClientOptions = {},
): Client {
  const { url: uri, resourceName, isSecure } = parseWebSocketUrl(url);
  return new Dialler(url, { uri, resourceName, isSsl: isSecure, options });
}
