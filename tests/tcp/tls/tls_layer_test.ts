import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { makeMemoryPipe } from "../../../tcp/_memory_pipe.ts";
import { loadNodeTls } from "../../../tcp/tls/_node_tls.ts";
import type { RawConn } from "../../../tcp/conn/_raw_conn.ts";
import { TlsLayer } from "../../../tcp/tls/_tls_layer.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, pattern } from "../support/_bytes.ts";
import { errorOf, isPending, nextTurn } from "../support/_outcomes.ts";

/** Makes two ends of TLS over raw connections, their handshake done. */
async function connect(left: RawConn, right: RawConn) {
  const tls = await loadNodeTls();
  const { createSecureContext } = tls.module;
  const client = new TlsLayer(left, tls, {
    isServer: false,
    secureContext: createSecureContext({ ca: caCert }),
    serverName: "localhost",
  });
  const server = new TlsLayer(right, tls, {
    isServer: true,
    secureContext: createSecureContext({ cert: serverCert, key: serverKey }),
  });
  await Promise.all([client.secured, server.secured]);
  return { client, server };
}

/** A raw connection that takes so many bytes more, then fails or blocks. */
class Limited implements RawConn {
  readonly #raw: RawConn;
  room = Infinity;
  failure: Error | undefined;

  constructor(raw: RawConn) {
    this.#raw = raw;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#raw.read(buffer);
  }

  async write(data: Uint8Array): Promise<number> {
    if (this.room === 0) {
      if (this.failure !== undefined) throw this.failure;
      return await new Promise(() => {});
    }
    const length = Math.min(data.length, this.room);
    const sent = await this.#raw.write(data.subarray(0, length));
    this.room -= sent;
    return sent;
  }

  closeWrite(): Promise<void> {
    return this.#raw.closeWrite();
  }

  close(): void {
    this.#raw.close();
  }

  ref(): void {}
  unref(): void {}
}

/** Writes all, and tells how much went out before a failure. */
async function writeAll(layer: TlsLayer, data: Uint8Array): Promise<number> {
  let sent = 0;
  try {
    while (sent < data.length) sent += await layer.write(data.subarray(sent));
  } catch { /* It tells no more. */ }
  return sent;
}

/** Reads until the end, or a failure. */
async function readAll(layer: TlsLayer): Promise<Uint8Array> {
  const chunks: number[] = [];
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (true) {
      const length = await layer.read(buffer);
      if (length === null) break;
      chunks.push(...buffer.subarray(0, length));
    }
  } catch { /* Cut. */ }
  return new Uint8Array(chunks);
}

for (const room of [0, 1, 16_405, 16_406, 40_000, 70_000, 131_072, 180_001]) {
  for (const how of ["fails", "is closed"]) {
    Deno.test(`a TLS layer that ${how} after ${room} bytes tells exactly what its peer gets`, async () => {
      const [left, right] = makeMemoryPipe();
      const limited = new Limited(left);
      const { client, server } = await connect(limited, right);
      const data = pattern(300_000);
      limited.room = room;
      if (how === "fails") {
        limited.failure = new Deno.errors.ConnectionReset("Reset by the test");
      }
      const reading = readAll(server);
      const writing = writeAll(client, data);
      if (how === "is closed") {
        while (limited.room > 0) await nextTurn();
        client.close();
      }
      const sent = await writing;
      // What the raw connection has taken arrives before its end.
      if (how === "fails") client.close();
      const received = await reading;
      assertEquals(sent, received.length);
      assertSameBytes(received, data.subarray(0, sent));
      assert(sent <= room);
    });
  }
}

Deno.test("a TLS layer reads no more of its raw connection than somebody wants", async () => {
  const [left, right] = makeMemoryPipe();
  const { client, server } = await connect(left, right);
  const data = pattern(1024 * 1024);
  const writing = writeAll(client, data);
  assert(await isPending(writing));
  const buffer = new Uint8Array(1);
  assertEquals(await server.read(buffer), 1);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  assert(await isPending(writing));
  const reading = readAll(server);
  assertEquals(await writing, data.length);
  await client.closeWrite();
  assertSameBytes(await reading, data.subarray(1));
  client.close();
  server.close();
});

Deno.test("a record that arrives does not settle a write of a TLS layer that is blocked", async () => {
  const [left, right] = makeMemoryPipe();
  const limited = new Limited(left);
  const { client, server } = await connect(limited, right);
  limited.room = 0;
  const writing = client.write(pattern(1000));
  assert(await isPending(writing));
  assertEquals(await server.write(new Uint8Array(5)), 5);
  assertEquals(await client.read(new Uint8Array(8)), 5);
  assert(await isPending(writing));
  client.close();
  assertInstanceOf(await errorOf(writing), Deno.errors.Interrupted);
  server.close();
});

Deno.test("a TLS layer that is closed fails what waits, and sends no close_notify", async () => {
  const [left, right] = makeMemoryPipe();
  const { client, server } = await connect(left, right);
  const reading = errorOf(client.read(new Uint8Array(1)));
  const reached = errorOf(server.read(new Uint8Array(1)));
  client.close();
  assertInstanceOf(await reading, Deno.errors.Interrupted);
  assertInstanceOf(await reached, Deno.errors.UnexpectedEof);
  assertInstanceOf(
    await errorOf(client.write(new Uint8Array(1))),
    Deno.errors.Interrupted,
  );
});

Deno.test("no ClientHello, cut or changed anywhere, ends the process", async () => {
  const tls = await loadNodeTls();
  const { createSecureContext } = tls.module;
  const [left, right] = makeMemoryPipe();
  const client = new TlsLayer(left, tls, {
    isServer: false,
    secureContext: createSecureContext({ ca: caCert }),
    serverName: "localhost",
  });
  const cut = errorOf(client.secured);
  const buffer = new Uint8Array(4096);
  const length = await right.read(buffer) ?? 0;
  client.close();
  await cut;
  const secureContext = createSecureContext({
    cert: serverCert,
    key: serverKey,
  });
  for (let index = 0; index < length; index++) {
    const hello = buffer.slice(0, length);
    hello[index] = (hello[index] ?? 0) ^ (1 << index % 8);
    const [near, far] = makeMemoryPipe();
    // All at once in one half of the cases, and in two parts in the other.
    const first = index % 2 === 0 ? hello : hello.subarray(0, index);
    const server = new TlsLayer(far, tls, {
      isServer: true,
      secureContext,
      head: first,
    });
    const outcome = server.secured.catch((error) => error);
    await near.write(hello.subarray(first.length));
    await nextTurn();
    near.close();
    assertInstanceOf(await outcome, Error);
  }
});
