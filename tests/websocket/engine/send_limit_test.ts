import { assert, assertEquals, assertRejects } from "@std/assert";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { SendLimit } from "../../../websocket/engine/_send_limit.ts";
import { newServer, type Server } from "../../../websocket/callbacks/server.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { openEnds, PLACES } from "../../conformance/_ends.ts";
import { turn } from "../../internal/_turn.ts";
import { rawClient, record, serve } from "../support/_servers.ts";
import { soon } from "../support/_slow.ts";

const MIB = 1024 * 1024;

/** Lets the runtime poll a few times. */
async function poll(): Promise<void> {
  await turn();
  for (let count = 0; count < 4; count++) {
    await new Promise<void>((resolve) => afterPoll(resolve));
  }
}

Deno.test("SendLimit holds bytes against a peer once they were offered and left", async () => {
  const host = { bufferedBytes: 0, bytesTaken: 0, offers: 0 };
  const limit = new SendLimit(host, 100);
  assertEquals(limit.isReached, false);
  host.bufferedBytes = 500;
  assertEquals(limit.isReached, false);
  await poll();
  assertEquals(limit.isReached, true);
  // The peer goes on reading.
  host.bytesTaken = 450;
  host.bufferedBytes = 300;
  assertEquals(limit.isReached, false);
  await poll();
  assertEquals(limit.isReached, true);
  host.bufferedBytes = 99;
  assertEquals(limit.isReached, false);
});

Deno.test("SendLimit holds nothing against a peer that goes on reading", async () => {
  let taken = 0;
  const host = {
    bufferedBytes: 500,
    get bytesTaken() {
      return ++taken;
    },
    offers: 0,
  };
  const limit = new SendLimit(host, 100);
  for (let round = 0; round < 3; round++) {
    assertEquals(limit.isReached, false);
    await poll();
  }
  host.bufferedBytes = 0;
  await poll();
});

Deno.test("SendLimit acts at once beyond 64 MiB, or 16 times the bound", () => {
  const host = { bufferedBytes: 64 * MIB - 1, bytesTaken: 0, offers: 0 };
  assertEquals(new SendLimit(host, 1000).isReached, false);
  host.bufferedBytes++;
  assertEquals(new SendLimit(host, 1000).isReached, true);
  assertEquals(new SendLimit(host, 8 * MIB).isReached, false);
  host.bufferedBytes = 128 * MIB;
  assertEquals(new SendLimit(host, 8 * MIB).isReached, true);
});

for (const sendPolicy of ["wait", "close", "drop"] as const) {
  Deno.test(`a newcomer gets what one turn has queued, and the broadcast behind it (${sendPolicy})`, async () => {
    const server = newServer(0, "", { hostname: "127.0.0.1", sendPolicy });
    const size = 1_100_000;
    server.onAttached(({ client }) => {
      client.write(new Uint8Array(size));
      server.broadcast("joined");
    });
    await using served = await serve(server);
    const conn = await dialWebSocket(served.url, { maxMessageSize: 2 * size });
    assertEquals((await soon(conn.read()))?.length, size);
    assertEquals(await soon(conn.read()), "joined");
    await conn.close();
  });
}

/** Sends broadcasts, turn by turn, until `isOver` or all too many. */
async function flood(server: Server, isOver: () => boolean): Promise<void> {
  const data = new Uint8Array(256 * 1024);
  for (let round = 0; round < 400 && !isOver(); round++) {
    server.broadcast(data);
    await turn();
  }
}

Deno.test("a broadcast cuts a peer that leaves what was sent before", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const events = record(server);
  await using served = await serve(server);
  const peer = await rawClient(served.port);
  await soon(flood(server, () => events.items.length > 0));
  const [error, close] = await soon(events.have(2));
  assert(error.startsWith("error ClosedError"), error);
  assertEquals(close, "close 1006");
  peer.terminate();
});

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`"drop" and "close" hold nothing against a peer that this turn has queued ${where}`, async () => {
    for (const sendPolicy of ["drop", "close"] as const) {
      using ends = await openEnds(side, transport, {
        maxBufferedBytes: 1000,
        sendPolicy,
      });
      const { socket, peer } = ends;
      const size = 5_000_000;
      const writes = [
        socket.write(new Uint8Array(size)),
        socket.write("two"),
        socket.write("three", { timeout: 20_000 }),
      ];
      for (const length of [size, 3, 5]) {
        assertEquals((await soon(peer.receive()))?.payload.length, length);
      }
      await Promise.all(writes);
      assertEquals([socket.messagesSent, socket.messagesDropped], [3, 0]);
    }
  });

  Deno.test(`"drop" and "close" act on what a peer leaves unread ${where}`, async () => {
    for (const sendPolicy of ["drop", "close"] as const) {
      using ends = await openEnds(side, transport, {
        maxBufferedBytes: 1000,
        sendPolicy,
      });
      const { socket } = ends;
      const first = socket.write(new Uint8Array(20_000_000));
      // It begins to look what becomes of the bytes with this one.
      socket.write("in time");
      await poll();
      const late = socket.write("late");
      if (sendPolicy === "drop") {
        await late;
        assertEquals(socket.messagesDropped, 1);
        socket.terminate();
      } else await assertRejects(() => late, ClosedError);
      await assertRejects(() => first, ClosedError);
      assertEquals((await socket.closed).code, 1006);
    }
  });
}
