import { assert, assertEquals } from "@std/assert";
import { createConnection } from "node:net";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { FewFilesServer } from "../support/_few_files_server.ts";
import { until } from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

/** Connects and resets at once: only sockets of `node:net` can do that. */
function connectAndReset(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = createConnection({ port, host: "127.0.0.1" }, () => {
    socket.resetAndDestroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve());
  return promise;
}

Deno.test("peers that reset before they are accepted do not end the listener", async () => {
  const listener = listenTcp("127.0.0.1:0");
  // Nobody accepts yet: the resets are in the backlog.
  for (let index = 0; index < 20; index++) {
    await connectAndReset(listener.addr.port);
  }
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  for (let index = 0; index < 20; index++) {
    await connectAndReset(listener.addr.port);
  }
  using client = await dialTcp(listener.addr);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  client.close();
  await until(() => listener.connectionCount === 0);
  listener.close();
  await serving;
});

Deno.test("5,000 connections leave nothing behind", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const buffer = new Uint8Array(4);
    const length = await conn.read(buffer);
    if (length !== null) await conn.write(buffer.subarray(0, length));
  });
  const buffers = Array.from({ length: 50 }, () => new Uint8Array(4));
  const data = new Uint8Array([1, 2, 3, 4]);
  await Promise.all(buffers.map(async (buffer) => {
    for (let round = 0; round < 100; round++) {
      using client = await dialTcp(listener.addr, HANGS);
      await client.write(data);
      assertEquals(await client.readFull(buffer, HANGS), 4);
      // The server closes first, so that no port of a client is used up.
      assertEquals(await client.read(buffer, HANGS), null);
    }
  }));
  assertEquals(listener.acceptedCount, 5000);
  assertEquals(listener.errorCount, 0);
  await until(() => listener.connectionCount === 0);
  assertEquals(listener.activeConnections.size, 0);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
  listener.close();
  await serving;
});

const PROGRAM = import.meta.resolve("../programs/_few_files_program.ts");

Deno.test({
  name: "a listener with 64 files goes on serving under 200 dials",
  ignore: !FewFilesServer.isAvailable,
  fn: async () => {
    await using server = new FewFilesServer(64, PROGRAM);
    const address = await server.address();
    const conns = await Promise.all(
      Array.from({ length: 200 }, () => dialTcp(address, HANGS)),
    );
    await server.lacksFiles();
    // Each is served in its turn: a place gets free when one is done.
    await Promise.all(conns.map(async (conn) => {
      assertEquals(await conn.readLine(HANGS), "hello");
      conn.close();
    }));
    using after = await dialTcp(address, HANGS);
    assertEquals(await after.readLine(HANGS), "hello");
    after.close();
    const { accepted, errors } = await server.report();
    assertEquals(accepted, 201);
    // With pauses from 5 ms on, doubled, thousands of errors would be a spin.
    assert(errors < 500, `Accepting has failed ${errors} times`);
  },
});

Deno.test({
  name: "a shared listener without a flag goes on when files are free again",
  ignore: !FewFilesServer.isAvailable,
  fn: async () => {
    await using server = new FewFilesServer(
      64,
      "--no-config",
      PROGRAM,
      "shared",
    );
    const address = await server.address();
    const conns = await Promise.all(
      Array.from({ length: 80 }, () => dialTcp(address, HANGS)),
    );
    await Promise.all(conns.map(async (conn) => {
      assertEquals(await conn.readLine(HANGS), "hello");
      conn.close();
    }));
    assertEquals((await server.report()).accepted, 80);
  },
});
