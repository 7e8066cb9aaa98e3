import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import type { ChatAddress } from "./_chat_address.ts";

/** What carries the messages of a session. */
export interface ClientTransport {
  /** Reads a message, `null` at the end. */
  read(): Promise<string | null>;
  /** Sends a message, in the order of the calls. */
  send(message: string): Promise<void>;
  /** Ends the connection behind what was sent, within a limit. */
  end(timeout: number): Promise<void>;
  /** Cuts the connection. */
  cut(): void;
}

/** Limits on a connection. */
export interface TransportOptions {
  /** Milliseconds that connecting may take. */
  readonly timeout: number;
  /** Stops connecting. */
  readonly signal: AbortSignal;
  /** Milliseconds without a sign of life after which the server is asked. */
  readonly pingInterval: number;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  readonly caCerts?: string[] | undefined;
}

const SUBPROTOCOL = "vnet-chat.1";

/** Above the largest list of users and the longest history. */
const MAX_MESSAGE_SIZE = 4 * 1024 * 1024;

/** Above the longest line of a server, which has a nickname and a text. */
const MAX_LINE_LENGTH = 64 * 1024;

/** Opens a connection to a chat server. */
export function openTransport(
  address: ChatAddress,
  options: TransportOptions,
): Promise<ClientTransport> {
  return address.kind === "json"
    ? openWebSocket(address.url, options)
    : openLines(address, options);
}

async function openWebSocket(
  url: string,
  { timeout, signal, pingInterval, caCerts }: TransportOptions,
): Promise<ClientTransport> {
  const socket = await dialWebSocket(url, {
    ...(caCerts === undefined ? {} : { caCerts }),
    protocols: [SUBPROTOCOL],
    maxMessageSize: MAX_MESSAGE_SIZE,
    handshakeTimeout: timeout,
    pingInterval,
    pongTimeout: pingInterval,
    signal,
  });
  return {
    async read() {
      while (true) {
        const message = await socket.read();
        // A server has no reason for bytes, and so they are passed over.
        if (message === null || typeof message === "string") return message;
      }
    },
    send: (message) => socket.write(message),
    async end(timeout) {
      await socket.close(1000, "", { timeout });
    },
    cut: () => socket.terminate(),
  };
}

async function openLines(
  { hostname, port, isTls }: ChatAddress & { kind: "lines" },
  { timeout, signal, caCerts }: TransportOptions,
): Promise<ClientTransport> {
  const place = { hostname, port };
  const limits = { timeout, signal };
  const conn = isTls
    ? await dialTls(place, { ...limits, ...(caCerts ? { caCerts } : {}) })
    : await dialTcp(place, { ...limits, keepAlive: true });
  return {
    read: () => conn.readLine({ maxLength: MAX_LINE_LENGTH }),
    send: async (line) => {
      await conn.writeString(`${line}\n`);
    },
    async end(timeout) {
      const timer = setTimeout(() => conn.terminate(), timeout);
      conn.close();
      await conn.closed;
      clearTimeout(timer);
    },
    cut: () => conn.terminate(),
  };
}
