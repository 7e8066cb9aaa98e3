import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { dialUnix } from "../../../tcp/unix/dial_unix.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import { UnixListener } from "../../../tcp/unix/unix_listener.ts";
import { assertSameBytes, drain, pattern } from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimesOut,
  errorOf,
  nextTurn,
  until,
} from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

const isAllowed = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** Registers a test that gets the path of a file in a directory of its own. */
function testUnix(name: string, run: (path: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !isAllowed,
    fn: async () => {
      const directory = await Deno.makeTempDir();
      try {
        await run(`${directory}/socket`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** Leaves a socket's file that nobody listens on, as a crash does. */
function leaveStale(path: string): void {
  const listener = Deno.listen({ transport: "unix", path });
  // Closing the listener removes the file of its name, and finds none.
  Deno.renameSync(path, `${path}.kept`);
  listener.close();
  Deno.renameSync(`${path}.kept`, path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

testUnix("dialUnix() and listenUnix() carry bytes both ways", async (path) => {
  using listener = await listenUnix(path);
  assertInstanceOf(listener, UnixListener);
  assertEquals(listener.addr, { transport: "unix", path });
  using client = await dialUnix(path, HANGS);
  using server = await listener.accept(HANGS);
  assertEquals(client.remoteAddr.path, path);
  const data = pattern(1024 * 1024);
  const [received] = await Promise.all([
    drain(server),
    client.write(data).then(() => client.closeWrite()),
  ]);
  assertSameBytes(received, data);
  await server.writeString("got it\n");
  assertEquals(await client.readLine(HANGS), "got it");
});

testUnix("a Unix listener has all that others have", async (path) => {
  const listener = await listenUnix(path, { maxConnections: 1 });
  await assertTimesOut(listener.accept({ timeout: 1 }));
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  using client = await dialUnix(path);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  using surplus = await dialUnix(path);
  assertEquals(await surplus.read(new Uint8Array(1), HANGS), null);
  assertEquals(listener.droppedCount, 1);
  assertEquals(await listener.shutdown({ timeout: 1 }), 1);
  await serving;
  assertClosed(await errorOf(listener.accept()));
});

testUnix("closing a Unix listener removes its file", async (path) => {
  const listener = await listenUnix(path);
  assert(await exists(path));
  listener.close();
  listener.close();
  assertEquals(await exists(path), false);
  await using again = await listenUnix(path);
  again.accept().catch(() => {});
});

testUnix(
  "a Unix listener with an accept pending frees its path when it is disposed of",
  async (path) => {
    for (let round = 0; round < 10; round++) {
      const listener = await listenUnix(path);
      const accepting = errorOf(listener.accept());
      await nextTurn();
      await listener[Symbol.asyncDispose]();
      assertClosed(await accepting);
      assertEquals(await exists(path), false);
    }
  },
);

testUnix(
  "a path is in use or free right after a close, and a new listener keeps its file",
  async (path) => {
    for (let round = 0; round < 20; round++) {
      const first = await listenUnix(path);
      const accepting = errorOf(first.accept());
      await nextTurn();
      first.close();
      // The accept in flight may hold the path for a moment.
      const second = await listenUnix(path).catch((error) => error);
      assertClosed(await accepting);
      await first.shutdown();
      if (second instanceof UnixListener) {
        (await dialUnix(path)).close();
        await second.shutdown({ timeout: 0 });
      } else assertInstanceOf(second, Deno.errors.AddrInUse);
    }
  },
);

testUnix("listenUnix() takes over a stale socket", async (path) => {
  leaveStale(path);
  await assertRejects(() => dialUnix(path), Deno.errors.ConnectionRefused);
  using listener = await listenUnix(path);
  using client = await dialUnix(path);
  using server = await listener.accept(HANGS);
  await client.writeString("hello\n");
  assertEquals(await server.readLine(HANGS), "hello");
});

testUnix(
  "listenUnix() leaves a socket alone that somebody listens on",
  async (path) => {
    using listener = await listenUnix(path);
    const error = await errorOf(listenUnix(path));
    assertInstanceOf(error, Deno.errors.AddrInUse);
    assertStringIncludes(
      error.message,
      `Cannot listen on ${JSON.stringify(path)}: `,
    );
    assert(await exists(path));
    // The probe was a connection that ended at once.
    using probe = await listener.accept(HANGS);
    assertEquals(await probe.read(new Uint8Array(1), HANGS), null);
    using client = await dialUnix(path);
    using server = await listener.accept(HANGS);
    await client.writeString("hello\n");
    assertEquals(await server.readLine(HANGS), "hello");
  },
);

/** Fills the backlog of a listener that accepts nothing, where that refuses. */
async function fill(path: string): Promise<Deno.UnixConn[]> {
  const conns: Deno.UnixConn[] = [];
  try {
    while (conns.length < 5000) {
      conns.push(await Deno.connect({ transport: "unix", path }));
    }
  } catch (error) {
    assertInstanceOf(error, Deno.errors.WouldBlock);
  }
  return conns;
}

testUnix(
  "listenUnix() leaves a socket alone whose backlog is full",
  async (path) => {
    using listener = await listenUnix(path);
    const conns = await fill(path);
    const error = await errorOf(listenUnix(path));
    for (const conn of conns) conn.close();
    assertInstanceOf(error, Deno.errors.AddrInUse);
    assert(await exists(path));
    (await listener.accept(HANGS)).close();
  },
);

testUnix(
  "dialUnix() waits under its limits while the backlog is full",
  async (path) => {
    const listener = await listenUnix(path);
    const conns = await fill(path);
    try {
      await assertTimesOut(dialUnix(path, { timeout: 1 }));
      const dialling = dialUnix(path, HANGS);
      const serving = listener.serve((conn) => conn.close());
      (await dialling).close();
      listener.close();
      await serving;
    } finally {
      for (const conn of conns) conn.close();
      await listener.shutdown({ timeout: 0 });
    }
  },
);

testUnix(
  "of many that take over a stale socket at once, one wins and can be dialled",
  async (path) => {
    for (let round = 0; round < 20; round++) {
      leaveStale(path);
      const outcomes = await Promise.allSettled([
        listenUnix(path),
        listenUnix(path),
        listenUnix(path),
      ]);
      const winners = outcomes.filter(({ status }) => status === "fulfilled")
        .map((outcome) =>
          (outcome as PromiseFulfilledResult<UnixListener>).value
        );
      try {
        assertEquals(winners.length, 1, "More than one listens");
        for (const outcome of outcomes) {
          if (outcome.status === "fulfilled") continue;
          assertInstanceOf(outcome.reason, Deno.errors.AddrInUse);
        }
        (await dialUnix(path)).close();
      } finally {
        for (const listener of winners) listener.close();
      }
    }
  },
);

testUnix("listenUnix() never removes what is no socket", async (path) => {
  await Deno.writeTextFile(path, "precious");
  const error = await errorOf(listenUnix(path));
  assertInstanceOf(error, Deno.errors.AddrInUse);
  assertStringIncludes(error.message, "no socket");
  assertEquals(await Deno.readTextFile(path), "precious");
  await assertRejects(() => dialUnix(path), Deno.errors.ConnectionRefused);

  const directory = `${path}.d`;
  await Deno.mkdir(directory);
  await assertRejects(() => listenUnix(directory), Deno.errors.AddrInUse);
  assert((await Deno.lstat(directory)).isDirectory);

  // A link is no socket either, even if it leads to a stale one.
  const stale = `${path}.stale`;
  leaveStale(stale);
  const link = `${path}.link`;
  await Deno.symlink(stale, link);
  await assertRejects(() => listenUnix(link), Deno.errors.AddrInUse);
  assert((await Deno.lstat(link)).isSymlink);
  assert((await Deno.lstat(stale)).isSocket);
});

testUnix("listenUnix() sets the mode of the socket's file", async (path) => {
  for (const mode of [0o600, 0o660, 0o777]) {
    using _listener = await listenUnix(path, { mode });
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, mode);
  }
});

testUnix(
  "listenUnix() with a bad option rejects and leaves nothing",
  async (path) => {
    await assertRejects(
      () => listenUnix(path, { maxConnections: NaN }),
      RangeError,
    );
    assertEquals(await exists(path), false);
    const missing = `${path}/of/nobody`;
    await assertRejects(
      () => listenUnix(missing),
      Deno.errors.NotFound,
      `Cannot listen on ${JSON.stringify(missing)}: `,
    );
    await assertRejects(
      () => listenUnix(`${path}${"x".repeat(200)}`),
      TypeError,
    );
  },
);

testUnix("dialUnix() to no file is NotFound", async (path) => {
  const error = await errorOf(dialUnix(path));
  assertInstanceOf(error, Deno.errors.NotFound);
  assertStringIncludes(error.message, `Cannot dial ${JSON.stringify(path)}: `);
  assertInstanceOf(error.cause, Deno.errors.NotFound);
});

testUnix("dialUnix() keeps to its limits", async (path) => {
  using listener = await listenUnix(path);
  const reason = new RangeError("Stopped by the test");
  assertStrictEquals(
    await errorOf(dialUnix(path, { signal: AbortSignal.abort(reason) })),
    reason,
  );
  await assertTimesOut(dialUnix(path, { deadline: Date.now() - 1 }));
  await assertRejects(() => dialUnix(path, { timeout: NaN }), RangeError);
  await assertTimesOut(listener.accept({ timeout: 1 }));
  for (let hops = 0; hops < 12; hops++) {
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = dialUnix(path, { signal })
      .then((conn) => ({ conn }), (error) => ({ error }));
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    controller.abort(reason);
    const result = await outcome;
    if ("error" in result) assertStrictEquals(result.error, reason);
    else {
      assertEquals(result.conn.state, "open", `Aborted after ${hops}`);
      result.conn.close();
    }
  }
  await listener.shutdown({ timeout: 0 });
});

Deno.test({
  name: "Unix sockets have abstract names on Linux",
  ignore: !isAllowed || Deno.build.os !== "linux",
  fn: async () => {
    const name = `\0vnet-test-${crypto.randomUUID()}`;
    await assertRejects(() => dialUnix(name), Deno.errors.ConnectionRefused);
    {
      await using listener = await listenUnix(name, { mode: 0o600 });
      using client = await dialUnix(name);
      using server = await listener.accept(HANGS);
      await client.writeString("hello\n");
      assertEquals(await server.readLine(HANGS), "hello");
      const error = await errorOf(listenUnix(name));
      assertInstanceOf(error, Deno.errors.AddrInUse);
      // Errors name it, with the NUL spelt out.
      assertStringIncludes(error.message, '"\\u0000vnet-test-');
    }
    await using again = await listenUnix(name);
    await until(() => again.acceptedCount === 0);
  },
});

const canRun = ["run", "env"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state ===
    "granted"
);

Deno.test({
  name: "listenUnix() takes over the socket of a process that was killed",
  ignore: !isAllowed || !canRun,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/socket`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        'const l = Deno.listen({ transport: "unix", path: Deno.args[0] });' +
        'console.log("up"); for await (const c of l) c.close();',
        path,
      ],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.getReader();
    await lines.read();
    await assertRejects(() => listenUnix(path), Deno.errors.AddrInUse);
    child.kill("SIGKILL");
    await child.status;
    await lines.cancel();
    assert(await exists(path));
    using listener = await listenUnix(path);
    using client = await dialUnix(path);
    using _server = await listener.accept(HANGS);
    assertEquals(client.state, "open");
    listener.close();
    await Deno.remove(directory);
  },
});
