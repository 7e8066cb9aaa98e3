import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
} from "@std/assert";
import { makeMemoryPipe } from "../../../tcp/_memory_pipe.ts";
import { loadNodeTls } from "../../../tcp/tls/_node_tls.ts";
import type { RawConn } from "../../../tcp/conn/_raw_conn.ts";
import { TlsLayer } from "../../../tcp/tls/_tls_layer.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, pattern } from "../support/_bytes.ts";
import { errorOf, isPending, nextTurn } from "../support/_outcomes.ts";

/** How the engine of this runtime is used, and how one that is not known. */
const USES = ["by its handle", "as a stream"] as const;

/** Makes two ends of TLS over raw connections, their handshake done. */
async function connect(left: RawConn, right: RawConn, use = USES[0] as string) {
  const { client, server } = await makeLayers(left, right, use);
  await Promise.all([client.secured, server.secured]);
  return { client, server };
}

/** Makes two ends of TLS over raw connections. */
async function makeLayers(
  left: RawConn,
  right: RawConn,
  use = USES[0] as string,
) {
  const loaded = await loadNodeTls();
  const { makeEngine, makeStreamEngine } = loaded;
  const tls = {
    ...loaded,
    makeEngine: use === "as a stream" ? makeStreamEngine : makeEngine,
  };
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

/** A raw connection whose second read and all later ones wait to be released. */
class Held implements RawConn {
  readonly #raw: RawConn;
  readonly #released = Promise.withResolvers<void>();
  #reads = 0;
  #isReset = false;

  constructor(raw: RawConn) {
    this.#raw = raw;
  }

  /** @param isReset Whether the peer seems to reset it behind one more read. */
  release(isReset: boolean): void {
    this.#isReset = isReset;
    this.#released.resolve();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    this.#reads++;
    if (this.#reads > 1) await this.#released.promise;
    if (this.#reads > 2) this.#checkReset();
    return await this.#raw.read(buffer);
  }

  async write(data: Uint8Array): Promise<number> {
    this.#checkReset();
    return await this.#raw.write(data);
  }

  closeWrite(): Promise<void> {
    return this.#raw.closeWrite();
  }

  close(): void {
    this.#raw.close();
  }

  ref(): void {}
  unref(): void {}

  #checkReset(): void {
    if (!this.#isReset) return;
    throw new Deno.errors.ConnectionReset("Reset by the test");
  }
}

/** A raw connection that takes its time for what is written. */
class Slow implements RawConn {
  readonly #raw: RawConn;

  constructor(raw: RawConn) {
    this.#raw = raw;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#raw.read(buffer);
  }

  async write(data: Uint8Array): Promise<number> {
    await nextTurn();
    return await this.#raw.write(data);
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

for (const use of USES) {
  for (const room of [0, 1, 16_405, 16_406, 40_000, 70_000, 131_072, 180_001]) {
    for (const how of ["fails", "is closed"]) {
      Deno.test(`a TLS layer that ${how} after ${room} bytes tells exactly what its peer gets, its engine used ${use}`, async () => {
        await checkCount(room, how, use);
      });
    }
  }

  Deno.test(`TLS layers carry bytes both ways and end in order, their engines used ${use}`, async () => {
    const { client, server } = await connect(...makeMemoryPipe(), use);
    const data = pattern(300_000);
    const send = async (layer: TlsLayer) => {
      assertEquals(await writeAll(layer, data), data.length);
      await layer.closeWrite();
    };
    const [atServer, atClient] = await Promise.all([
      readAll(server),
      readAll(client),
      send(client),
      send(server),
    ]);
    assertSameBytes(atServer, data);
    assertSameBytes(atClient, data);
    client.close();
    server.close();
  });
}

/** Cuts a long write, and compares what the writer and its peer know of it. */
async function checkCount(room: number, how: string, use: string) {
  const [left, right] = makeMemoryPipe();
  const limited = new Limited(left);
  const { client, server } = await connect(limited, right, use);
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
}

Deno.test("the engine of this runtime is used by its handle", async () => {
  const { makeEngine, makeStreamEngine, module } = await loadNodeTls();
  const owner = { onRecords() {}, onFinal() {}, onData() {}, onEnd() {} };
  const secureContext = module.createSecureContext({
    cert: serverCert,
    key: serverKey,
  });
  const [used, other] = [makeEngine, makeStreamEngine].map((make) => {
    const engine = make(owner, { isServer: true, secureContext });
    engine.socket.destroy();
    return engine;
  });
  // If this fails, TLS works all the same, and costs an eighth more.
  assertNotEquals(used?.constructor, other?.constructor);
});

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

Deno.test("a TLS layer ends its answer in order though its peer has ended before", async () => {
  const data = pattern(1_000_001);
  for (let round = 0; round < 10; round++) {
    const [left, right] = makeMemoryPipe();
    const { client, server } = await connect(left, new Slow(right));
    await client.closeWrite();
    assertEquals(await server.read(new Uint8Array(1)), null);
    const answering = (async () => {
      assertEquals(await writeAll(server, data), data.length);
      await server.closeWrite();
    })();
    const received = new Uint8Array(data.length + 1);
    let length = 0;
    while (true) {
      const more = await client.read(received.subarray(length));
      if (more === null) break;
      length += more;
    }
    await answering;
    assertSameBytes(received.subarray(0, length), data);
    client.close();
    server.close();
  }
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

for (const how of ["close_notify", "FIN alone", "a reset"]) {
  Deno.test(`what comes with the handshake's end is read, and then ${how}, though nobody read before`, async () => {
    const [left, right] = makeMemoryPipe();
    const held = new Held(right);
    const { client, server } = await makeLayers(left, held);
    await client.secured;
    assertEquals(await client.write(pattern(5)), 5);
    if (how === "close_notify") await client.closeWrite();
    else if (how === "FIN alone") await left.closeWrite();
    held.release(how === "a reset");
    await server.secured;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    const buffer = new Uint8Array(8);
    assertEquals(await server.read(buffer), 5);
    const end = server.read(buffer);
    if (how === "close_notify") assertEquals(await end, null);
    else if (how === "FIN alone") {
      assertInstanceOf(await errorOf(end), Deno.errors.UnexpectedEof);
    } else {
      assertInstanceOf(await errorOf(end), Deno.errors.ConnectionReset);
      const error = await errorOf(server.write(buffer));
      assertInstanceOf(error, Deno.errors.ConnectionReset);
    }
    client.close();
    server.close();
  });
}

/** A raw connection that brings a byte at a time, as fast as it is read. */
class Trickle implements RawConn {
  readonly #raw: RawConn;
  readonly #waiting: number[] = [];
  isOn = false;

  constructor(raw: RawConn) {
    this.#raw = raw;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (!this.isOn) return await this.#raw.read(buffer);
    if (this.#waiting.length === 0) {
      const bytes = new Uint8Array(64 * 1024);
      const length = await this.#raw.read(bytes);
      if (length === null) return null;
      this.#waiting.push(...bytes.subarray(0, length).toReversed());
    }
    buffer[0] = this.#waiting.pop() ?? 0;
    return 1;
  }

  write(data: Uint8Array): Promise<number> {
    return this.#raw.write(data);
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

Deno.test("bytes that make no whole record leave others their turns", async () => {
  const [left, right] = makeMemoryPipe();
  const trickle = new Trickle(right);
  const { client, server } = await connect(left, trickle);
  trickle.isOn = true;
  const size = 16 * 1024;
  assertEquals(await client.write(pattern(size)), size);
  let hasPolled = false;
  setTimeout(() => hasPolled = true, 0);
  const reading = server.read(new Uint8Array(size));
  const hadPolled = reading.then(() => hasPolled);
  assertEquals(await reading, size);
  assert(await hadPolled);
  client.close();
  server.close();
});

Deno.test("a read of a TLS layer settles soon, however many reads of the raw connection it took", async () => {
  const [left, right] = makeMemoryPipe();
  const trickle = new Trickle(right);
  const { client, server } = await connect(left, trickle);
  const size = 8 * 1024;
  assertEquals(await client.write(pattern(size)), size);
  trickle.isOn = true;
  const reading = server.read(new Uint8Array(size));
  let isSettled = false;
  reading.then(() => isSettled = true);
  // The last byte of the record makes the engine hand over the plain text.
  const { promise, resolve } = Promise.withResolvers<void>();
  const { onData } = server;
  server.onData = (chunk) => {
    onData.call(server, chunk);
    resolve();
  };
  await promise;

  for (let turn = 0; turn < 30 && !isSettled; turn++) await undefined;

  assert(isSettled);
  client.close();
  server.close();
});
