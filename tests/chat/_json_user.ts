import { assert } from "@std/assert";
import {
  dialWebSocket,
  type DialWebSocketOptions,
} from "../../websocket/dial_websocket.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";

/** No wait takes this long unless something hangs. */
const HANGS = 60_000;

/** A message of the server, of whatever type. */
// deno-lint-ignore no-explicit-any
export type Json = { readonly type: string } & Record<string, any>;

/** Somebody who is connected to a chat server by a WebSocket, and speaks JSON. */
export class JsonUser implements Disposable {
  readonly socket: WebSocketConn;

  private constructor(socket: WebSocketConn) {
    this.socket = socket;
    socket.setReadTimeout(HANGS);
  }

  /** Takes a connection over whose handshake is done. */
  static over(socket: WebSocketConn): JsonUser {
    return new JsonUser(socket);
  }

  /** Connects, and leaves the greeting unread. */
  static async connect(
    addr: Deno.NetAddr,
    options: DialWebSocketOptions & { readonly url?: string } = {},
  ): Promise<JsonUser> {
    const { url = `ws://${addr.hostname}:${addr.port}/chat` } = options;
    const protocols = ["vnet-chat.1"];
    return new JsonUser(
      await dialWebSocket(url, { protocols, timeout: HANGS, ...options }),
    );
  }

  /** Connects, says hello with a nickname, and reads up to the lobby. */
  static async enter(addr: Deno.NetAddr, nickname: string): Promise<JsonUser> {
    const user = await JsonUser.connect(addr);
    user.send({ type: "hello", version: 1, nickname });
    await user.until("entered");
    return user;
  }

  /** Sends a message, or a text as it is. */
  send(message: object | string): void {
    const text = typeof message === "string"
      ? message
      : JSON.stringify(message);
    this.socket.write(text).catch(() => {});
  }

  /** Reads the next message; `null` at the end. */
  async next(): Promise<Json | null> {
    const data = await this.socket.read();
    if (data === null) return null;
    assert(typeof data === "string");
    return JSON.parse(data);
  }

  /** Reads up to a message of a type, and returns that. */
  async until(type: string): Promise<Json> {
    const seen: string[] = [];
    while (true) {
      const message = await this.next();
      if (message === null) {
        throw new Error(`The messages ended before "${type}": ${seen}`);
      }
      if (message.type === type) return message;
      seen.push(message.type);
    }
  }

  /** Reads up to the end. */
  async rest(): Promise<Json[]> {
    const messages: Json[] = [];
    while (true) {
      const message = await this.next().catch(() => null);
      if (message === null) return messages;
      messages.push(message);
    }
  }

  /** Leaves without a word. */
  close(): void {
    this.socket.terminate();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
