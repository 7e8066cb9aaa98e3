import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { SUBPROTOCOL } from "../protocol/_version.ts";
import { defined } from "../_option_checks.ts";
import type { ChatAddress } from "./_chat_address.ts";
import { ChatRequestError } from "./chat_request_error.ts";

/** A connection that carries messages, of whichever protocol. */
export interface Transport {
  /** Whether lines of text have come, and none in JSON. */
  readonly isText?: boolean;
  /** Settles when the connection has ended; never rejects. */
  readonly closed: Promise<unknown>;
  /** Reads a message, `null` at the end. */
  read(): Promise<string | null>;
  /** Sends a message, and waits as long as the server does not read. */
  send(message: string): Promise<void>;
  /** Ends the writing side after the pending writes. */
  finish(): Promise<void>;
  /** Closes the connection after the pending writes, within a limit. */
  end(timeout?: number): Promise<void>;
  /** Cuts the connection. */
  cut(): void;
}

/** Limits on a connection. */
export interface TransportOptions {
  /** Milliseconds that connecting may take. */
  readonly timeout?: number | undefined;
  /** When connecting has to be done. */
  readonly deadline?: Date | number | undefined | undefined;
  /** Milliseconds without a sign of life after which a WebSocket is pinged. */
  readonly pingInterval: number;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  readonly caCerts?: string[] | undefined;
  /** Stops connecting. */
  readonly signal?: AbortSignal | undefined;
}

/** Above the largest list of users and the longest history. */
const MAX_MESSAGE_SIZE = 4 * 1024 * 1024;

/**
 * The most lines of text before the first message in JSON: the greeting of a
 * server has fewer.
 */
const MAX_TEXT_LINES = 16;

/** Tells that a server does not speak the protocol. */
export function notJsonError({ name }: ChatAddress): ChatRequestError {
  return new ChatRequestError(
    `Cannot use ${name}: expected messages in JSON, but the server sends plain text; to the port of the page, connect by ws://`,
    { code: "not-json" },
  );
}

/** Connects to a chat server. */
export function openTransport(
  address: ChatAddress,
  options: TransportOptions,
): Promise<Transport> {
  return address.kind === "websocket"
    ? openWebSocket(address.url, options)
    : openTcp(address, options);
}

async function openWebSocket(
  url: string,
  { pingInterval, caCerts, timeout, ...wait }: TransportOptions,
): Promise<Transport> {
  const socket = await dialWebSocket(url, {
    ...defined({ ...wait, caCerts, timeout, handshakeTimeout: timeout }),
    protocols: [SUBPROTOCOL],
    maxMessageSize: MAX_MESSAGE_SIZE,
    pingInterval,
    pongTimeout: pingInterval,
  });
  return {
    closed: socket.closed,
    async read() {
      while (true) {
        const message = await socket.read();
        // The protocol has no binary messages: they are ignored.
        if (message === null || typeof message === "string") return message;
      }
    },
    send: (message) => socket.write(message),
    finish: async () => void await socket.close(),
    async end(timeout) {
      await socket.close(1000, "", timeout === undefined ? {} : { timeout });
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
  { caCerts, pingInterval: _, ...wait }: TransportOptions,
): Promise<Transport> {
  const { hostname, port, isTls } = address;
  const place = { hostname, port };
  const limits = defined(wait);
  const conn = isTls
    ? await dialTls(place, { ...limits, ...(caCerts ? { caCerts } : {}) })
    : await dialTcp(place, { ...limits, keepAlive: true });
  let isJson = false;
  let textLines = 0;
  return {
    closed: conn.closed,
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
    finish: () => conn.closeWrite(),
    async end(timeout) {
      const timer = timeout === undefined
        ? undefined
        : setTimeout(() => conn.terminate(), timeout);
      conn.close();
      await conn.closed;
      clearTimeout(timer);
    },
    cut: () => conn.terminate(),
  };
}

/** Escapes characters that JSON allows in a text, but a line for people does not. */
function escapeControls(json: string): string {
  return json.replaceAll(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
