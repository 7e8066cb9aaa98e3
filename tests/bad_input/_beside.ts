import { assertEquals } from "@std/assert";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import {
  type Ends,
  type EndsOptions,
  openEnds,
  type Side,
} from "../conformance/_ends.ts";
import { CLOSE, closeBytes } from "../conformance/_raw_peer.ts";

/** Runs an attack next to a good connection, which has to go on. */
export async function beside(
  side: Side,
  options: EndsOptions,
  attack: (ends: Ends) => Promise<void>,
): Promise<void> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
  const server = await accepting;
  {
    using ends = await openEnds(side, "tcp", options);
    await attack(ends);
    await exchange(client, server);
  }
  await exchange(server, client);
  await Promise.all([client.close(), server.closed]);
  // Both sides have closed; their connections need not wait for each other.
  client.terminate();
  server.terminate();
}

async function exchange(from: WebSocketConn, to: WebSocketConn): Promise<void> {
  await from.write("still served");
  assertEquals(await to.read({ timeout: 60_000 }), "still served");
}

/** Reads everything, and drops it. */
export async function drain(socket: WebSocketConn): Promise<void> {
  try {
    while (await socket.read() !== null);
  } catch {
    // How it ended, `socket.closed` tells.
  }
}

/** Checks that our side ends with a code, in its frame and for its user. */
export async function expectFailure(ends: Ends, code: number): Promise<void> {
  const { socket, peer } = ends;
  const draining = drain(socket);
  const frame = await peer.receive();
  assertEquals(frame?.opcode, CLOSE);
  assertEquals(frame?.payload.subarray(0, 2), closeBytes(code));
  assertEquals(await peer.receive(), undefined);
  peer.close();
  const { code: told, wasClean } = await socket.closed;
  assertEquals([told, wasClean], [code, false]);
  await draining;
}
