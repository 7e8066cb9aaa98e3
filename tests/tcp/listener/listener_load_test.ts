import { assert, assertEquals } from "@std/assert";
import { createConnection } from "node:net";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { until } from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 20_000 };

const canRun = ["run", "read"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state ===
    "granted"
);

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

/** Runs a program of this folder with few files to open. */
function runWithFewFiles(
  program: string,
  files: number,
  ...args: string[]
): Deno.ChildProcess {
  const path = import.meta.resolve(program);
  const script = 'ulimit -n "$0" && exec "$@"';
  const flags = ["run", "--no-prompt", "--no-config", "--allow-net"];
  const run = [Deno.execPath(), ...flags, path, ...args];
  return new Deno.Command("bash", {
    args: ["-c", script, `${files}`, ...run],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

Deno.test({
  name: "a listener with 64 files goes on serving under 200 dials",
  ignore: Deno.build.os === "windows" || !canRun,
  fn: async () => {
    await using child = runWithFewFiles(
      "../programs/_few_files_program.ts",
      64,
    );
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value: greeting = "" } = await lines.read();
    const port = Number(greeting);
    assert(port > 0, `Expected a port, got ${greeting}`);
    const conns = await Promise.all(
      Array.from(
        { length: 200 },
        () => dialTcp({ hostname: "127.0.0.1", port }, HANGS),
      ),
    );
    // Each is served in its turn: a place gets free when one is done.
    await Promise.all(conns.map(async (conn) => {
      assertEquals(await conn.readLine(HANGS), "hello");
      conn.close();
    }));
    using after = await dialTcp({ hostname: "127.0.0.1", port }, HANGS);
    assertEquals(await after.readLine(HANGS), "hello");
    after.close();
    await child.stdin.close();
    const { value: report = "" } = await lines.read();
    const { accepted, errors } = JSON.parse(report);
    assertEquals(accepted, 201);
    assert(errors > 0, "The limit was never reached");
    // With pauses from 5 ms on, doubled, thousands of errors would be a spin.
    assert(errors < 500, `Accepting has failed ${errors} times`);
    await lines.cancel();
    assertEquals((await child.status).code, 0);
  },
});

Deno.test({
  name: "a shared listener without a flag goes on when files are free again",
  ignore: Deno.build.os === "windows" || !canRun,
  fn: async () => {
    await using child = runWithFewFiles(
      "../programs/_few_files_program.ts",
      64,
      "shared",
    );
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value: greeting = "" } = await lines.read();
    const address = { hostname: "127.0.0.1", port: Number(greeting) };
    const conns = await Promise.all(
      Array.from({ length: 80 }, () => dialTcp(address, HANGS)),
    );
    await Promise.all(conns.map(async (conn) => {
      assertEquals(await conn.readLine(HANGS), "hello");
      conn.close();
    }));
    await child.stdin.close();
    const { value: report = "" } = await lines.read();
    assertEquals(JSON.parse(report).accepted, 80);
    await lines.cancel();
    assertEquals((await child.status).code, 0);
  },
});
