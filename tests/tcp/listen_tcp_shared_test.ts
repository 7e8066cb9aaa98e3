import { assert, assertEquals, assertRejects } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenByNode, listenTcpShared } from "../../tcp/listen_tcp_shared.ts";
import type { ListenTcpOptions } from "../../tcp/listen_tcp.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";
import {
  assertClosed,
  errorOf,
  isPending,
  nextTurn,
} from "./support/_outcomes.ts";

const HANGS = { timeout: 60_000 };
// Sharing a port evenly is Linux's; other systems may give all to the latest.
const canRun = Deno.build.os === "linux" &&
  (["run", "read"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** A process that shares a port. */
class Sharer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(flags: string[], ...args: string[]) {
    const program = import.meta.resolve("./programs/_shared_program.ts");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", ...flags, program, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  async line(): Promise<string> {
    const { value = "" } = await this.#lines.read();
    return value.trim();
  }

  /** Ends it, and tells how many connections it had. */
  async end(): Promise<number> {
    await this.#child.stdin.close();
    const count = Number(await this.line());
    assertEquals((await this.#child.status).code, 0);
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill();
    } catch {
      // It has ended.
    }
    await this.#lines.cancel();
    await this.#child.status;
  }
}

for (const flags of [[], ["--unstable-net"]]) {
  const how = flags.length === 0 ? "without a flag" : `with ${flags[0]}`;
  Deno.test({
    name: `listenTcpShared() lets two processes serve one port ${how}`,
    ignore: !canRun,
    async fn() {
      const all = ["--allow-net=127.0.0.1", ...flags];
      await using one = new Sharer(all, "one");
      const port = await one.line();
      await using other = new Sharer(all, "other", port);
      assertEquals(await other.line(), port);
      const counts = { one: 0, other: 0 };
      for (let index = 0; index < 100; index++) {
        using conn = await dialTcp(`127.0.0.1:${port}`);
        const name = await conn.readLine(HANGS);
        counts[name === "one" ? "one" : "other"]++;
      }
      assert(counts.one > 0 && counts.other > 0, JSON.stringify(counts));
      assertEquals(await one.end(), counts.one);
      assertEquals(await other.end(), counts.other);
      // Both have let go of the port.
      await using _listener = listenTcp(`127.0.0.1:${port}`);
    },
  });
}

const BY: [string, (options?: ListenTcpOptions) => Promise<TcpListener>][] = [
  ["the runtime", (options) => listenTcpShared("127.0.0.1:0", options)],
  ["node:net", async (options = {}) => {
    const place = { hostname: "127.0.0.1", port: 0 };
    return new TcpListener(await listenByNode(place, options), options);
  }],
];

for (const [by, listen] of BY) {
  Deno.test(`a shared listener by ${by} serves connections, and closes`, async () => {
    const listener = await listen({ maxConnections: 2 });
    assertEquals(listener.addr.hostname, "127.0.0.1");
    const serving = listener.serve((conn) =>
      conn.readable.pipeTo(conn.writable)
    );
    {
      using client = await dialTcp(listener.addr);
      using _second = await dialTcp(listener.addr);
      await client.writeString("hello\n");
      assertEquals(await client.readLine(HANGS), "hello");
      using third = await dialTcp(listener.addr);
      // One too many: ended, or reset.
      assertEquals(await third.readLine(HANGS).catch(() => null), null);
      await client.closeWrite();
      assertEquals(await client.readLine(HANGS), null);
    }
    assertEquals(listener.droppedCount, 1);
    assertEquals(await listener.shutdown(HANGS), 0);
    await serving;
  });

  Deno.test(`a shared listener by ${by} ends pending accepts when it is closed`, async () => {
    const listener = await listen();
    const accepting = errorOf(listener.accept());
    assert(await isPending(accepting));
    await listener.close();
    assertClosed(await accepting);
    assertClosed(await errorOf(listener.accept()));
  });

  Deno.test(`an accept on a shared listener by ${by} that times out loses no connection`, async () => {
    await using listener = await listen();
    const error = await errorOf(listener.accept({ timeout: 1 }));
    assertEquals((error as Error).name, "TimeoutError");
    using client = await dialTcp(listener.addr);
    using server = await listener.accept(HANGS);
    assertEquals(server.remoteAddr, client.localAddr);
  });

  Deno.test(`what came and ended before a shared listener by ${by} accepted is read`, async () => {
    for (const text of ["", "last words"]) {
      await using listener = await listen();
      using client = await dialTcp(listener.addr);
      await client.writeString(text);
      await client.closeWrite();
      // Node tells an end by itself meanwhile, in a later turn.
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      using server = await listener.accept(HANGS);
      assertEquals(await server.readLine(HANGS), text === "" ? null : text);
      assertEquals(await server.read(new Uint8Array(1), HANGS), null);
      server.terminate();
    }
  });

  Deno.test(`a reader of a shared listener's connection by ${by} stops its peer`, async () => {
    await using listener = await listen();
    using client = await dialTcp(listener.addr);
    using server = await listener.accept(HANGS);
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    const error = await errorOf((async () => {
      while (sent < 64) {
        await client.write(chunk, { timeout: 300 });
        sent++;
      }
    })());
    assertEquals((error as Error).name, "TimeoutError");
    assert(sent <= 16, `${sent} MiB were taken`);
    server.terminate();
  });
}

Deno.test("listenTcpShared() does not share a port with a listener that does not", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const name = `127.0.0.1:${listener.addr.port}`;
  await assertRejects(
    () => listenTcpShared(listener.addr),
    Deno.errors.AddrInUse,
    `Cannot listen on ${name}: `,
  );
  await assertRejects(
    () => listenByNode(listener.addr, {}),
    Deno.errors.AddrInUse,
  );
});

Deno.test("listenTcpShared() refuses wrong arguments before any I/O", async () => {
  await assertRejects(() => listenTcpShared("localhost"), SyntaxError);
  await assertRejects(() => listenTcpShared(65536), RangeError);
  await assertRejects(
    () => listenTcpShared(0, { network: "udp" as unknown as "tcp" }),
    TypeError,
  );
});

Deno.test("a shared listener by node:net refuses an address that the machine lacks", async () => {
  await assertRejects(
    () => listenByNode({ hostname: "192.0.2.1", port: 0 }, {}),
    Deno.errors.AddrNotAvailable,
  );
});
