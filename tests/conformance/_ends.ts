import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../websocket/accept_websocket.ts";
import {
  dialWebSocket,
  type DialWebSocketOptions,
} from "../../websocket/dial_websocket.ts";
import {
  beginWebSocket,
  type WebSocketConn,
} from "../../websocket/websocket_conn.ts";
import { pipe } from "../../tcp/pipe.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { TcpConn } from "../../tcp/tcp_conn.ts";
import { type Link, RawPeer, toBytes } from "./_raw_peer.ts";

/** Which side of the WebSocket is ours. */
export type Side = "server" | "client";

/** What the WebSocket runs over. */
export type Transport = "tcp" | "pipe";

/** A WebSocket of ours and the raw peer it talks to. */
export interface Ends extends Disposable {
  readonly socket: WebSocketConn;
  readonly peer: RawPeer;
}

/** How to open {@linkcode Ends}. */
export interface EndsOptions
  extends AcceptWebSocketOptions, DialWebSocketOptions {
  /** `Sec-WebSocket-Extensions` that the raw peer sends. */
  readonly peerExtensions?: string;
  /** What the raw peer sends in one segment with its head. */
  readonly behindHead?: Uint8Array;
}

/** The key and its answer in RFC 6455 section 1.3. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** Both sides over both transports. */
export const PLACES: ReadonlyArray<readonly [Side, Transport]> = [
  ["server", "pipe"],
  ["server", "tcp"],
  ["client", "pipe"],
  ["client", "tcp"],
];

/** The head of a good request. */
export function requestHead(fields = ""): string {
  return "GET /path HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
    `Connection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\n` +
    `Sec-WebSocket-Version: 13\r\n${fields}\r\n`;
}

/** The head of a good response to a request. */
export async function responseHead(
  request: string,
  fields = "",
): Promise<string> {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? "";
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
  );
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
    "Connection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${new Uint8Array(digest).toBase64()}\r\n` +
    `${fields}\r\n`;
}

/** Two connected sockets of Deno's own, without Nagle's delay. */
export async function connectRaw(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepting = listener.accept();
  const dialled = await Deno.connect({ hostname: "127.0.0.1", port });
  dialled.setNoDelay();
  const accepted = await accepting;
  accepted.setNoDelay();
  return [dialled, accepted];
}

/** Opens a WebSocket of ours with a raw peer at its other end. */
export async function openEnds(
  side: Side,
  transport: Transport,
  options: EndsOptions = {},
): Promise<Ends> {
  const [socket, peer] = side === "server"
    ? await openServer(transport, options)
    : transport === "tcp"
    ? await openTcpClient(options)
    : openPipeClient(options);
  return {
    socket,
    peer,
    [Symbol.dispose]() {
      socket.terminate();
      peer.close();
    },
  };
}

function extensionsField(options: EndsOptions): string {
  const { peerExtensions } = options;
  return peerExtensions === undefined
    ? ""
    : `Sec-WebSocket-Extensions: ${peerExtensions}\r\n`;
}

async function openServer(
  transport: Transport,
  options: EndsOptions,
): Promise<[WebSocketConn, RawPeer]> {
  const [conn, link] = await connect(transport);
  const peer = new RawPeer(link, "client");
  const head = toBytes(requestHead(extensionsField(options)));
  await peer.send(new Uint8Array([...head, ...options.behindHead ?? []]));
  const socket = await acceptWebSocket(conn, options);
  await peer.receiveHead();
  return [socket, peer];
}

/** A connection for the socket, and the link of its peer. */
async function connect(
  transport: Transport,
): Promise<[StreamConn<unknown>, Link]> {
  if (transport === "pipe") return pipe();
  const [left, right] = await connectRaw();
  return [new TcpConn(left), right];
}

async function openTcpClient(
  options: EndsOptions,
): Promise<[WebSocketConn, RawPeer]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const dialling = dialWebSocket(
    `ws://127.0.0.1:${listener.addr.port}/path`,
    options,
  );
  const accepted = await accepting;
  accepted.setNoDelay();
  const peer = new RawPeer(accepted, "server");
  const request = await peer.receiveHead();
  const head = toBytes(await responseHead(request, extensionsField(options)));
  await peer.send(new Uint8Array([...head, ...options.behindHead ?? []]));
  return [await dialling, peer];
}

/** Without handshake: a client dials by a URL only. */
function openPipeClient(options: EndsOptions): [WebSocketConn, RawPeer] {
  const [conn, link] = pipe();
  const parts = {
    url: "ws://pipe/",
    protocol: "",
    extensions: "",
    fields: { toHeaders: () => new Headers() },
  };
  const socket = beginWebSocket(parts, { conn, role: "client", options });
  return [socket, new RawPeer(link, "server")];
}
