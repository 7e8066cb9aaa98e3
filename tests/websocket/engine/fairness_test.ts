import { assertEquals } from "@std/assert";
import { acceptKey } from "../../../websocket/handshake/_accept_key.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { newClient } from "../../../websocket/callbacks/client.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { OtherPeer } from "../../tcp/support/_other_peer.ts";
import { request, serve } from "../support/_servers.ts";
import {
  BINARY,
  concat,
  frame,
  MASK,
  PING,
  PONG,
  TEXT,
  utf8,
} from "../support/_frames.ts";

/** How much a peer sends at once: what a socket that is not read takes. */
const BLOCK_SIZE = 2 * 1024;
const BLOCKS = 54;

/** Frames that a peer may flood with. */
const floods = {
  "messages of one byte": { opcode: BINARY, payload: "x" },
  "messages of 1 KiB": { opcode: BINARY, payload: "x".repeat(1024) },
  "empty pings": { opcode: PING, payload: "" },
  "pings of 125 bytes": { opcode: PING, payload: "x".repeat(125) },
  "empty pongs": { opcode: PONG, payload: "" },
};

/** All that a peer sends: text now and then, so that a handler is called. */
function makeFlood(
  { opcode, payload }: { opcode: number; payload: string },
  mask: typeof MASK | undefined,
): Uint8Array<ArrayBuffer> {
  const one = frame({ opcode, payload, mask });
  const count = Math.floor(BLOCK_SIZE / one.length);
  const text = frame({ opcode: TEXT, payload: "part", mask });
  const block = concat(text, ...Array(count).fill(one));
  const last = frame({ opcode: TEXT, payload: "last", mask });
  return concat(...Array(BLOCKS).fill(block), last);
}

/** Handles a message of the flood. */
function handle(other: OtherPeer, data: string | Uint8Array): boolean {
  if (data === "part") other.handlePart();
  if (data !== "last") return false;
  other.events.push("end of the flood");
  return true;
}

/**
 * Sends a head and the flood behind it in one call, so that no read of it has to
 * wait for the sender. Drops what comes back, and closes when told to.
 */
async function send(
  conn: Deno.TcpConn,
  head: string,
  flood: Uint8Array,
  done: Promise<void>,
): Promise<void> {
  const drop = async () => {
    const buffer = new Uint8Array(64 * 1024);
    while (await conn.read(buffer).catch(() => null) !== null) {
      /* Dropped. */
    }
  };
  const dropping = drop();
  const bytes = concat(utf8(head), flood);
  let at = 0;
  while (at < bytes.length) at += await conn.write(bytes.subarray(at));
  await done;
  conn.close();
  await dropping;
}

for (const [name, kind] of Object.entries(floods)) {
  Deno.test(`others get their answers while ${name} flood a server's callbacks`, async () => {
    await using other = await OtherPeer.connect();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const server = newServer(0, "/", { hostname: "127.0.0.1" });
    server.onMessage((_ws, message) => {
      const data = message.opcode === TEXT ? message.text() : message.payload;
      if (handle(other, data)) resolve();
    });
    await using served = await serve(server);
    const { port } = served;
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await send(conn, request("/"), makeFlood(kind, MASK), done);
    await other.answered;

    assertEquals(other.events, ["echo", "end of the flood"]);
  });

  Deno.test(`others get their answers while ${name} flood a client's callbacks`, async () => {
    await using other = await OtherPeer.connect();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const flood = makeFlood(kind, undefined);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const serving = (async () => {
      using listening = listener;
      const conn = await listening.accept();
      const head = new Uint8Array(1024);
      const length = await conn.read(head) ?? 0;
      const text = new TextDecoder().decode(head.subarray(0, length));
      const [, key = ""] = /^Sec-WebSocket-Key: (.+)\r$/im.exec(text) ?? [];
      const answer = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${acceptKey(key)}`,
        "\r\n",
      ].join("\r\n");
      await send(conn, answer, flood, done);
    })();
    const client = newClient(`ws://127.0.0.1:${port}/`);
    client.onMessage((_ws, message) => {
      const data = message.opcode === TEXT ? message.text() : message.payload;
      if (handle(other, data)) resolve();
    });
    client.onError(() => {});
    await client.connect();
    await client.listen().catch(() => {});
    await serving;
    await other.answered;

    assertEquals(other.events, ["echo", "end of the flood"]);
  });

  for (const way of ["read()", "readable"]) {
    Deno.test(`others get their answers while ${name} flood ${way} of an accepted WebSocket`, async () => {
      await using other = await OtherPeer.connect();
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve(async (conn) => {
        const socket = await acceptWebSocket(conn);
        if (way === "read()") {
          let data = await socket.read();
          while (data !== null && !handle(other, data)) {
            data = await socket.read();
          }
        } else {
          for await (const data of socket.readable) {
            if (handle(other, data)) resolve();
          }
        }
        resolve();
        await socket.closed;
      }, { onError: () => {} });
      const { port } = listener.addr;
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await send(conn, request("/"), makeFlood(kind, MASK), done);
      await other.answered;
      listener.close();
      await serving;

      assertEquals(other.events, ["echo", "end of the flood"]);
    });
  }
}

for (
  const [name, write] of Object.entries({
    "a writer": async (writable: WritableStream<string>) => {
      const writer = writable.getWriter();
      while (true) {
        await writer.ready;
        await writer.write("x");
      }
    },
    "a pipe": (writable: WritableStream<string>) =>
      new ReadableStream<string>({
        pull: (controller) => controller.enqueue("x"),
      }).pipeTo(writable),
  })
) {
  Deno.test(`a timer fires while ${name} floods a WebSocket whose peer reads all`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      const socket = await acceptWebSocket(conn);
      await write(socket.writable).catch(() => {});
    });
    using raw = await Deno.connect({
      hostname: "127.0.0.1",
      port: listener.addr.port,
    });
    await raw.write(utf8(request("/")));
    const fired = Promise.withResolvers<void>();
    let isOver = false;
    const buffer = new Uint8Array(64 * 1024);
    // A bound for a fault only.
    let left = 512 * 1024 * 1024;
    await raw.read(buffer);
    setTimeout(() => {
      isOver = true;
      fired.resolve();
    }, 1);
    while (!isOver && left > 0) left -= await raw.read(buffer) ?? left;
    await fired.promise;
    assertEquals(left > 0, true);
    raw.close();
    listener.close();
    await serving;
  });
}
