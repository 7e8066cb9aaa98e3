import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialUnix } from "../../tcp/unix/dial_unix.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { listenUnix } from "../../tcp/unix/listen_unix.ts";
import type { StreamListener } from "../../tcp/listener/stream_listener.ts";
import { testCertificate } from "../../tcp/tls/test_certificate.ts";
import { assertClosed, errorOf } from "./support/_outcomes.ts";

const HANGS = { timeout: 60_000 };
const { cert, key, caCert } = testCertificate;
const canUseUnix = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

interface Kind {
  readonly name: string;
  readonly ignore?: boolean;
  // deno-lint-ignore no-explicit-any
  listen(): Promise<StreamListener<any, any>>;
  dial(addr: never): Promise<StreamConn<unknown>>;
}

const KINDS: Kind[] = [{
  name: "TCP",
  listen: () => Promise.resolve(listenTcp("127.0.0.1:0")),
  dial: (addr: Deno.NetAddr) => dialTcp(addr),
}, {
  name: "TLS",
  listen: () => Promise.resolve(listenTls("127.0.0.1:0", { cert, key })),
  dial: (addr: Deno.NetAddr) => dialTls(addr, { caCerts: [caCert] }),
}, {
  name: "Unix",
  ignore: !canUseUnix,
  listen: async () => {
    const folder = await Deno.makeTempDir();
    return await listenUnix(`${folder}/s`);
  },
  dial: (addr: Deno.UnixAddr) => dialUnix(addr.path),
}];

/** Ways to read a stream to its end. */
const WAYS: Record<string, (conn: StreamConn<unknown>) => Promise<unknown>> = {
  "read()": async (conn) => {
    while (await conn.read(new Uint8Array(16)) !== null);
  },
  "readFull()": async (conn) => {
    while (await conn.readFull(new Uint8Array(5)) !== null);
  },
  "readLine()": async (conn) => {
    while (await conn.readLine() !== null);
  },
  "lines()": async (conn) => {
    for await (const _line of conn.lines());
  },
  "readable": async (conn) => {
    for await (const _chunk of conn.readable);
  },
  "a reader": async (conn) => {
    const reader = conn.readable.getReader();
    while (!(await reader.read()).done);
  },
  "a native pipe": (conn) =>
    conn.readable.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream()),
};

/** Serves one connection by a handler, and gives the client's end of it. */
async function withServer(
  kind: Kind,
  handler: (conn: StreamConn<unknown>) => Promise<void>,
  talk: (client: StreamConn<unknown>) => Promise<void>,
): Promise<void> {
  const listener = await kind.listen();
  const serving = listener.serve(handler, { allowHalfOpen: false });
  {
    using client = await kind.dial(listener.addr as never);
    await talk(client);
  }
  await listener.shutdown(HANGS);
  await serving;
  const { addr } = listener;
  if ("path" in addr) await Deno.remove(addr.path.replace(/\/s$/, ""));
}

for (const kind of KINDS) {
  for (const [way, readAll] of Object.entries(WAYS)) {
    Deno.test({
      name:
        `${kind.name}: without half-open connections, the end of ${way} ends this side behind pending writes`,
      ignore: kind.ignore,
      async fn() {
        const told = Promise.withResolvers<void>();
        await withServer(kind, async (conn) => {
          const writing = conn.writeString("pending\n");
          await readAll(conn);
          await writing;
          const error = await errorOf(conn.writeString("late\n"));
          assertClosed(error);
          await told.promise;
        }, async (client) => {
          await client.writeString("12345");
          await client.closeWrite();
          assertEquals(await client.readLine(HANGS), "pending");
          // The handler has not settled: the end is not that of its return.
          assertEquals(await client.readLine(HANGS), null);
          told.resolve();
        });
      },
    });
  }

  Deno.test({
    name:
      `${kind.name}: without half-open connections, the last line is answered`,
    ignore: kind.ignore,
    async fn() {
      await withServer(kind, async (conn) => {
        for await (const line of conn.lines()) {
          await delay(0);
          await conn.writeString(`${line}!\n`);
        }
      }, async (client) => {
        await client.writeString("one\ntwo");
        await client.closeWrite();
        assertEquals(await client.readLine(HANGS), "one!");
        assertEquals(await client.readLine(HANGS), "two!");
        assertEquals(await client.readLine(HANGS), null);
      });
    },
  });

  Deno.test({
    name:
      `${kind.name}: without half-open connections, a pipe sends all that it has read`,
    ignore: kind.ignore,
    async fn() {
      await withServer(kind, async (conn) => {
        const slow = new TransformStream<Uint8Array<ArrayBuffer>>({
          async transform(chunk, controller) {
            await delay(0);
            controller.enqueue(chunk);
          },
        });
        await conn.readable.pipeThrough(slow).pipeTo(conn.writable);
      }, async (client) => {
        await client.writeString("all of it\n");
        await client.closeWrite();
        assertEquals(await client.readLine(HANGS), "all of it");
        assertEquals(await client.readLine(HANGS), null);
      });
    },
  });
}

Deno.test("by default a connection stays open for writing when its peer has ended", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    assertEquals(await conn.readLine(), null);
    await conn.writeString("still here\n");
  });
  using client = await dialTcp(listener.addr);
  await client.closeWrite();
  assertEquals(await client.readLine(HANGS), "still here");
  await listener.shutdown(HANGS);
  await serving;
});

Deno.test("cancelling readable is not the end of the peer's side", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    await conn.readable.cancel();
    await conn.writeString("still here\n");
  }, { allowHalfOpen: false });
  using client = await dialTcp(listener.addr);
  assertEquals(await client.readLine(HANGS), "still here");
  client.close();
  await listener.shutdown(HANGS);
  await serving;
});

Deno.test("serve() rejects an allowHalfOpen that is no boolean", async () => {
  using listener = listenTcp("127.0.0.1:0");
  await assertRejects(
    () => listener.serve(() => {}, { allowHalfOpen: 1 as unknown as boolean }),
    TypeError,
    "Cannot use allowHalfOpen of type number",
  );
});
