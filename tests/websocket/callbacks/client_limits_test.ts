import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { WaitOptions } from "@vnet/net";
import { listenTcp } from "@vnet/net/tcp";
import {
  acceptWebSocket,
  type Client,
  dialWebSocket,
  type Message,
  newClient,
  OPCode,
  State,
} from "@vnet/net/websocket";
import { acceptKey } from "../../../websocket/handshake/_accept_key.ts";
import { Log } from "../support/_servers.ts";
import { type Linked, LINKS } from "../support/_links.ts";

const CHUNK = 512 * 1024;
/** More than the system and a peer that reads nothing take. */
const CHUNKS = 48;
const FULL = { maxBufferedBytes: 64 * 1024 };

/** Sends more than goes out while the peer does not read. */
function fill({ client }: Linked): void {
  for (let sent = 0; sent < CHUNKS; sent++) client.write(new Uint8Array(CHUNK));
}

/** Reads what `fill` has sent, and the message behind it. */
async function readBehind(
  { peer }: Linked,
): Promise<string | Uint8Array | null> {
  for (let read = 0; read < CHUNKS; read++) {
    const chunk = await peer.read();
    assertEquals(chunk?.length, CHUNK);
  }
  return await peer.read();
}

/** Checks that a call which can't be served ends at each kind of limit. */
async function assertEnds(
  call: (wait: WaitOptions) => Promise<unknown>,
): Promise<void> {
  const reason = new RangeError("Stopped by the test");
  for (const signal of [AbortSignal.abort(reason), abortSoon(reason)]) {
    const error = await assertRejects(() => call({ signal }));
    assertStrictEquals(error, reason);
  }
  const limits: WaitOptions[] = [
    { timeout: 0 },
    { timeout: 1 },
    { deadline: Date.now() + 1 },
    { deadline: new Date(0) },
  ];
  for (const limit of limits) {
    const error = await assertRejects(() => call(limit), DOMException);
    assertEquals(error.name, "TimeoutError");
  }
  await assertRejects(() => call({ timeout: -1 }), RangeError);
  await assertRejects(() => call({ deadline: NaN }), RangeError);
  // deno-lint-ignore no-explicit-any
  const signal: any = {};
  await assertRejects(() => call({ signal }), TypeError);
}

function abortSoon(reason: unknown): AbortSignal {
  const controller = new AbortController();
  queueMicrotask(() => controller.abort(reason));
  return controller.signal;
}

for (const [name, link] of LINKS) {
  Deno.test(`write() of ${name} ends at its limits behind a peer that does not read`, async () => {
    await using linked = await link(FULL);
    const { client } = linked;
    fill(linked);
    const bytes = new TextEncoder().encode("withdrawn");
    await assertEnds((wait) => client.write(bytes, undefined, wait));
    await assertEnds((wait) => client.write(bytes, OPCode.textFrame, wait));
    await assertEnds((wait) => client.writeString("withdrawn", wait));
    await assertEnds((wait) => client.writeString("w".repeat(5000), wait));
    await assertEnds((wait) => client.writeStr("withdrawn", wait));
    assertEquals(client.state, State.open);

    // Nothing of those that were withdrawn is sent.
    const written = client.writeString("behind", { timeout: 60_000 });
    assertEquals(await readBehind(linked), "behind");
    assertEquals(await written, 6);
  });

  Deno.test(`listen() of ${name} ends at its limits, and the connection goes on`, async () => {
    const log = new Log<string>();
    await using linked = await link({}, (client) => {
      client.onMessage((_ws, message) => log.add(message.text()));
    });
    const { client, peer } = linked;
    await assertEnds((wait) => client.listen(wait));
    assertEquals(client.state, State.open);
    const limited = client.listen({ timeout: 60_000 });
    await peer.write("still there");
    assertEquals(await log.have(1), ["still there"]);
    await peer.close();
    await limited;
    await client.listen({ timeout: 60_000 });
  });

  Deno.test(`listen() of ${name} rejects within its limits if the link is lost`, async () => {
    await using linked = await link();
    const listening = linked.client.listen({ timeout: 60_000 });
    linked.peer.terminate();
    const error = await assertRejects(() => listening);
    const again = await assertRejects(() => linked.client.listen());
    assertEquals(error instanceof Error, true);
    assertEquals(`${error}`, `${again}`);
  });

  Deno.test(`close() of ${name} cuts a silent peer at each kind of limit`, async () => {
    const controller = new AbortController();
    const limits: WaitOptions[] = [
      { timeout: 1 },
      { deadline: Date.now() + 1 },
      { deadline: new Date(0) },
      { timeout: 60_000, deadline: Date.now() + 1 },
      { signal: AbortSignal.abort() },
      { signal: controller.signal, timeout: Infinity },
    ];
    for (const limit of limits) {
      const ended = Promise.withResolvers<number>();
      await using linked = await link(FULL, (client) => {
        client.onClose((_ws, code) => ended.resolve(code));
      });
      // The close frame waits behind it.
      fill(linked);
      const closing = linked.client.close(1000, "", limit);
      controller.abort(new RangeError("Stopped by the test"));
      await closing;
      assertEquals(await ended.promise, 1006);
      assertEquals(linked.client.state, State.closed);
    }
  });

  Deno.test(`close() of ${name} refuses limits that are none`, async () => {
    await using linked = await link();
    const { client } = linked;
    await assertRejects(
      () => client.close(1000, "", { timeout: -1 }),
      RangeError,
    );
    const deadline = new Date(NaN);
    await assertRejects(() => client.close(1000, "", { deadline }), RangeError);
    // deno-lint-ignore no-explicit-any
    const signal: any = 1;
    await assertRejects(() => client.close(1000, "", { signal }), TypeError);
    assertEquals(client.state, State.open);
  });
}

for (const [name, link] of LINKS.slice(0, 2)) {
  Deno.test(`ping() and pong() of ${name} end at their limits when the socket is full`, async () => {
    // All of it is in the buffer, and the ping behind it.
    await using linked = await link({ maxBufferedBytes: Infinity });
    const { client } = linked;
    fill(linked);
    await assertEnds((wait) => client.ping(undefined, wait));
    await assertEnds((wait) => client.pong(new Uint8Array(1), wait));
    const payload = new Uint8Array(1);
    await assertEnds((wait) => client.write(payload, OPCode.ping, wait));
    await assertEnds((wait) => client.write(payload, OPCode.pong, wait));
    assertEquals(client.state, State.open);

    client.listen();
    const pinged = client.ping(payload, { timeout: 60_000 });
    const written = client.writeString("behind");
    assertEquals(await readBehind(linked), "behind");
    await Promise.all([pinged, written]);
  });
}

Deno.test("Calls within their limits do what they do without", async () => {
  for (const [, link] of LINKS) {
    await using linked = await link();
    const { client, peer } = linked;
    const wait = { timeout: 60_000, signal: new AbortController().signal };
    assertEquals(await client.write(new Uint8Array(3), undefined, wait), 3);
    assertEquals(await client.writeString("é", wait), 2);
    assertEquals(await client.writeStr("x", { timeout: 0 }), 1);
    assertEquals(await peer.read(), new Uint8Array(3));
    assertEquals(await peer.read(), "é");
    assertEquals(await peer.read(), "x");
    const closing = client.close(4000, "bye", wait);
    assertEquals(await peer.closed, {
      code: 4000,
      reason: "bye",
      wasClean: true,
    });
    await closing;
  }
});

Deno.test("connect() ends at each kind of limit", async () => {
  // It accepts, and says nothing.
  await using listener = listenTcp("127.0.0.1:0");
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  const serving = listener.serve(async (conn) => {
    await conn.read(new Uint8Array(1));
    controller.abort(reason);
    await conn.closed;
  });
  const client = newClient(`ws://127.0.0.1:${listener.addr.port}/`);
  const signals = [AbortSignal.abort(reason), controller.signal];
  for (const signal of signals) {
    const error = await assertRejects(() => client.connect({ signal }));
    assertStrictEquals(error, reason);
  }
  const limits = [
    { deadline: new Date(0) },
    { deadline: Date.now() + 50 },
    { timeout: 50 },
  ];
  for (const limit of limits) {
    const error = await assertRejects(
      () => client.connect(limit),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
  }
  await assertRejects(() => client.connect({ timeout: -1 }), RangeError);
  assertEquals(client.state, State.closed);
  await listener.shutdown({ timeout: 0 });
  await serving;
});

Deno.test("A wait for a silent peer that has ended leaves nothing behind", async () => {
  const [[, link]] = LINKS;
  await using linked = await link();
  const { client, peer } = linked;
  const messages: Message[] = [];
  client.onMessage((_ws: Client, message) => messages.push(message));
  for (let round = 0; round < 100; round++) {
    await assertRejects(() => client.listen({ timeout: 0 }), DOMException);
  }
  await peer.write("once");
  await peer.close();
  await client.listen();
  assertEquals(messages.length, 1);
});

Deno.test("close() of a WebSocketConn cuts when its signal aborts", async () => {
  await using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept();
  const dialling = dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
  using raw = await accepting;
  let key = "";
  for await (const line of raw.lines()) {
    if (line === "") break;
    key = /^sec-websocket-key: (.*)$/i.exec(line)?.[1] ?? key;
  }
  await raw.writeString(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
      `Connection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
  );
  const conn = await dialling;
  const controller = new AbortController();
  const { signal } = controller;
  const closing = conn.close(1000, "", { signal, timeout: Infinity });
  controller.abort();
  assertEquals((await closing).code, 1006);
});

Deno.test("close() of a WebSocketConn cuts at its deadline", async () => {
  await using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  const conn = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
  const peer = await accepting;
  for (let sent = 0; sent < CHUNKS; sent++) {
    conn.write(new Uint8Array(CHUNK)).catch(() => {});
  }
  const { code } = await conn.close(1000, "", { deadline: Date.now() + 1 });
  assertEquals(code, 1006);
  peer.terminate();
});
