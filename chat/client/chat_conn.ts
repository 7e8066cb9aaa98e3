import { readServerMessage } from "../protocol/_server_messages.ts";
import type { Transport } from "./_chat_transport.ts";
import type { ChatRequest, ChatServerMessage } from "./chat_client_message.ts";

/**
 * A connection to a chat server that carries the messages of the protocol, as
 * {@linkcode dialChat} makes it. `chat/PROTOCOL.md` has all messages. It does not
 * connect again, as {@linkcode ChatClient} does.
 *
 * @example Usage
 * ```ts
 * import { dialChat, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * const address = `127.0.0.1:${server.tcpAddr.port}`;
 * await using conn = await dialChat(address, { nickname: "alice" });
 * const writer = conn.writable.getWriter();
 * await writer.write({ type: "say", text: "hello", ref: "1" });
 * for await (const message of conn.readable) {
 *   if (message.type !== "ack" || message.ref !== "1") continue;
 *   assertEquals(message.id, 2);
 *   break;
 * }
 * ```
 */
export class ChatConn implements Disposable, AsyncDisposable {
  readonly #transport: Transport;

  /** The address in a form for people, without a password. */
  readonly address: string;
  /**
   * The messages of the server, without read-ahead: unread messages stop the
   * server. Messages of types that are not known are left out. It ends with the
   * connection, and errors if that fails. Cancelling it closes the connection.
   */
  readonly readable: ReadableStream<ChatServerMessage>;
  /**
   * Takes requests. A write settles when the system has taken the request, which
   * waits as long as the server does not read. Closing it ends the writing side
   * over TCP and TLS; it closes a WebSocket, which has no other way. Aborting it
   * cuts the connection.
   */
  readonly writable: WritableStream<ChatRequest>;
  /** Resolves when the connection has ended, in any way. */
  readonly closed: Promise<void>;

  /**
   * Wraps a connection.
   *
   * @ignore
   */
  constructor(transport: Transport, address: string) {
    this.#transport = transport;
    this.address = address;
    this.closed = transport.closed.then(noop, noop);
    this.readable = new ReadableStream<ChatServerMessage>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<ChatRequest>({
      write: (request) => transport.send(JSON.stringify(request)),
      close: () => transport.finish(),
      abort: () => transport.cut(),
    });
  }

  /**
   * Closes the connection after the pending writes. To the server that is a lost
   * connection, unless a `quit` was the last request: the session can be resumed.
   */
  close(): void {
    this.#transport.end().catch(noop);
  }

  /** Cuts the connection at once. */
  terminate(): void {
    this.#transport.cut();
  }

  /** Closes the connection, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the connection and waits for its end, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  async #pull(
    controller: ReadableStreamDefaultController<ChatServerMessage>,
  ): Promise<void> {
    try {
      while (true) {
        const text = await this.#transport.read();
        if (text === null) return controller.close();
        const { message } = readServerMessage(text);
        if (message !== undefined) return controller.enqueue(message);
      }
    } catch (error) {
      this.#transport.cut();
      throw error;
    }
  }
}

function noop(): void {}
