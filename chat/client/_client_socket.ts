import type { ChatAddress } from "./_chat_address.ts";
import { ChatConn } from "./chat_conn.ts";
import {
  openTransport,
  type Transport,
  type TransportOptions,
} from "./_chat_transport.ts";
import type { Socket, SocketHandlers } from "./core/_chat_link.ts";

/** Milliseconds for the last bytes of a connection that the server has ended. */
const END_TIMEOUT = 1000;

/** A connection to a chat server. */
export interface ClientSocket extends Socket {
  /** Whether the server has sent text, and nothing in JSON. */
  readonly isText: boolean;
}

/** Connects to a chat server, for a link. */
export function openSocket(
  address: ChatAddress,
  options: TransportOptions,
  handlers: SocketHandlers,
): ClientSocket {
  const abort = new AbortController();
  let transport: Transport | undefined;
  let writer: WritableStreamDefaultWriter | undefined;
  const run = async () => {
    const { signal } = abort;
    try {
      transport = await openTransport(address, { ...options, signal });
      if (signal.aborted) return transport.cut();
      const conn = new ChatConn(transport, address.name);
      writer = conn.writable.getWriter();
      handlers.onOpen();
      for await (const message of conn.readable) {
        await handlers.onMessage(message);
      }
      await transport.end(END_TIMEOUT).catch(noop);
      handlers.onClose();
    } catch (error) {
      transport?.cut();
      handlers.onClose(error);
    }
  };
  void run();
  return {
    get isText() {
      return transport?.isText ?? false;
    },
    // The reading side reports the failure.
    send: (message) => void writer?.write(message).catch(noop),
    close: () => {
      abort.abort();
      transport?.cut();
    },
  };
}

function noop(): void {}
