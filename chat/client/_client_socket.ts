import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { SUBPROTOCOL } from "../protocol/_server_messages.ts";
import type { ChatAddress } from "./_chat_address.ts";
import { ChatRequestError } from "./chat_request_error.ts";
import type { Socket, SocketHandlers } from "./core/_chat_link.ts";

/** A connection that carries messages, of whichever protocol. */
interface Transport {
  /** Whether lines of text have come, and none in JSON. */
  readonly isText?: boolean;
  /** Reads a message, `null` at the end. */
  read(): Promise<string | null>;
  send(message: string): Promise<void>;
  /** Closes the connection after the pending writes, within a limit. */
  end(timeout: number): Promise<void>;
  /** Cuts the connection. */
  cut(): void;
}

/** Limits on a connection. */
export interface SocketOptions {
  /** Milliseconds that connecting may take. */
  readonly timeout: number;
  /** Milliseconds without a sign of life after which a WebSocket is pinged. */
  readonly pingInterval: number;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  readonly caCerts?: string[] | undefined;
}

/** Above the largest list of users and the longest history. */
const MAX_MESSAGE_SIZE = 4 * 1024 * 1024;

/**
 * The most lines of text before the first message in JSON: the greeting of a
 * server has fewer.
 */
const MAX_TEXT_LINES = 16;

/** Milliseconds for the last bytes of a connection that the server has ended. */
const END_TIMEOUT = 1000;

/** A connection to a chat server. */
export interface ClientSocket extends Socket {
  /** Whether the server has sent text, and nothing in JSON. */
  readonly isText: boolean;
}

/** Tells that a server does not speak the protocol. */
export function notJsonError({ name }: ChatAddress): ChatRequestError {
  return new ChatRequestError(
    `Cannot use ${name}: expected messages in JSON, but the server sends plain text`,
    { code: "not-json" },
  );
}

/** Connects to a chat server. */
export function openSocket(
  address: ChatAddress,
  options: SocketOptions,
  handlers: SocketHandlers,
): ClientSocket {
  const abort = new AbortController();
  let transport: Transport | undefined;
  const run = async () => {
    const { signal } = abort;
    try {
      transport = address.kind === "websocket"
        ? await openWebSocket(address.url, options, signal)
        : await openTcp(address, options, signal);
      if (signal.aborted) return transport.cut();
      handlers.onOpen();
      for (
        let message = await transport.read();
        message !== null;
        message = await transport.read()
      ) await handlers.onMessage(message);
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
    send: (message) => void transport?.send(message).catch(noop),
    close: () => {
      abort.abort();
      transport?.cut();
    },
  };
}

async function openWebSocket(
  url: string,
  { timeout, pingInterval, caCerts }: SocketOptions,
  signal: AbortSignal,
): Promise<Transport> {
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
        // The protocol has no binary messages: they are ignored.
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

/**
 * Over TCP a server sends lines of text until the client's first line is a
 * `hello`. The lines before the answer to it are ignored.
 */
async function openTcp(
  address: ChatAddress & { kind: "tcp" },
  { timeout, caCerts }: SocketOptions,
  signal: AbortSignal,
): Promise<Transport> {
  const { hostname, port, isTls } = address;
  const place = { hostname, port };
  const limits = { timeout, signal };
  const conn = isTls
    ? await dialTls(place, { ...limits, ...(caCerts ? { caCerts } : {}) })
    : await dialTcp(place, { ...limits, keepAlive: true });
  let isJson = false;
  let textLines = 0;
  return {
    get isText() {
      return !isJson && textLines > 0;
    },
    async read() {
      while (true) {
        const line = await conn.readLine({ maxLength: MAX_MESSAGE_SIZE });
        if (line?.startsWith("{")) isJson = true;
        if (isJson) return line;
        const isTooMuch = textLines > (line === null ? 0 : MAX_TEXT_LINES);
        if (isTooMuch) throw notJsonError(address);
        if (line === null) return null;
        textLines++;
      }
    },
    send: async (message) => {
      await conn.writeString(`${escapeControls(message)}\n`);
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

/** Escapes what JSON allows in a text, but a line for people does not. */
function escapeControls(json: string): string {
  return json.replaceAll(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

function noop(): void {}
