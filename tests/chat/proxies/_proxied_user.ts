import type { ChatServer } from "../../../chat/server/chat_server.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { readAll } from "../../../tcp/read_all.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import { beginWebSocket } from "../../../websocket/websocket_conn.ts";
import { caCert } from "../../certificates.ts";
import { type Json, JsonUser } from "../_json_user.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const PUBLIC_HOST = "chat.example.com";

/** The proxy that a client connects to. */
export interface Front {
  readonly port: number;
  readonly isTls: boolean;
  /** The path of the page, with a slash at its end. */
  readonly path: string;
}

/** A client of an address of this machine. */
export interface Visitor {
  readonly from: string;
  /** Further header fields. */
  readonly fields?: readonly string[];
}

export const TOKEN = "open sesame";

async function connect(front: Front, from: string): Promise<TcpConn | TlsConn> {
  const address = { hostname: "127.0.0.1", port: front.port };
  const localAddress = `${from}:0`;
  if (!front.isTls) return await dialTcp(address, { localAddress, ...HANGS });
  return await dialTls(address, {
    ...{ localAddress, serverName: "localhost", caCerts: [caCert] },
    ...HANGS,
  });
}

function head(path: string, fields: readonly string[]): string {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${PUBLIC_HOST}`, ...fields];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Asks for a page, and returns the whole answer. */
export async function askPage(
  front: Front,
  path: string,
  { from, fields = [] }: Visitor,
): Promise<string> {
  const conn = await connect(front, from);
  conn.setReadTimeout(HANGS.timeout);
  await conn.writeString(head(path, [...fields, "Connection: close"]));
  const answer = await readAll(conn);
  conn.terminate();
  return new TextDecoder().decode(answer);
}

/** Opens a WebSocket as the page does; or returns the status of the refusal. */
export async function openSocket(
  front: Front,
  { from, fields = [] }: Visitor,
): Promise<JsonUser | number> {
  const conn = await connect(front, from);
  conn.setReadTimeout(HANGS.timeout);
  const scheme = front.isTls ? "https" : "http";
  await conn.writeString(head(`${front.path}chat`, [
    ...["Upgrade: websocket", "Connection: Upgrade"],
    ...["Sec-WebSocket-Version: 13"],
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: vnet-chat.1",
    `Origin: ${scheme}://${PUBLIC_HOST}`,
    ...fields,
  ]));
  const status = Number((await conn.readLine())?.split(" ")[1]);
  while (await conn.readLine());
  if (status !== 101) {
    conn.terminate();
    return status;
  }
  conn.setReadTimeout(Infinity);
  const fieldsOf = { toHeaders: () => new Headers() };
  const parts = { url: "", protocol: "", extensions: "", fields: fieldsOf };
  return JsonUser.over(
    beginWebSocket(parts, { conn, role: "client", options: {} }),
  );
}

/** Opens a WebSocket, and enters the chat. */
export async function enter(
  front: Front,
  visitor: Visitor,
  nickname: string,
): Promise<JsonUser> {
  const user = await openSocket(front, visitor);
  if (typeof user === "number") throw new Error(`Refused with ${user}`);
  user.send({ type: "hello", version: 1, nickname });
  await user.until("entered");
  return user;
}

/** Makes a user an operator, who bans another. */
export async function ban(operator: JsonUser, nickname: string): Promise<void> {
  operator.send({ type: "operator", token: TOKEN, ref: "1" });
  await operator.until("ack");
  operator.send({ type: "ban", nickname, minutes: 5, ref: "2" });
  await operator.until("ack");
}

/** Whether somebody was banned, by the last message. */
export function isBanned(messages: readonly Json[]): boolean {
  const last = messages.at(-1);
  return last?.type === "goodbye" && last["reason"] === "banned";
}

/** The ports of a chat. */
export function portsOf({ httpAddr, tcpAddr }: ChatServer): {
  readonly http: number;
  readonly lines: number;
} {
  return { http: httpAddr.port, lines: tcpAddr.port };
}
