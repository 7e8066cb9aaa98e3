import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { delay } from "@std/async";
import { listenTcp } from "@vnet/net/tcp";
import {
  acceptWebSocket,
  type Client,
  ClosedError,
  HandshakeError,
  type Message,
  newClient,
  newServer,
  OPCode,
  ProtocolError,
  type Server,
  State,
  type WebSocketConn,
} from "@vnet/net/websocket";
import { acceptKey } from "../../../websocket/handshake/_accept_key.ts";
import { Log, record, serve } from "../support/_servers.ts";
import { Printed } from "../support/_printed.ts";

const HOST = { hostname: "127.0.0.1" };

/** A server that sends back what it gets. */
function echoServer(): Server {
  const server = newServer(0, "", HOST);
  server.onMessage((ws, message) => {
    ws.write(message.payload, message.opcode);
  });
  return server;
}

/** A callback that throws. */
function failing(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** A client that is connected to a peer, which the test plays. */
async function connectToPeer(
  prepare?: (client: Client) => void,
): Promise<{ client: Client; peer: WebSocketConn; events: Log<string> }> {
  await using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  const client = newClient(`ws://127.0.0.1:${listener.addr.port}/`);
  const events = record(client);
  prepare?.(client);
  await client.connect();
  return { client, peer: await accepting, events };
}

Deno.test("newClient() throws at what is no WebSocket URL", () => {
  assertThrows(() => newClient("127.0.0.1:80"), SyntaxError, "Cannot parse");
  assertThrows(() => newClient("ftp://127.0.0.1/"), SyntaxError);
  assertThrows(() => newClient("ws://127.0.0.1/#a"), SyntaxError);
});

Deno.test("A new client says where it would connect to", () => {
  const client = newClient("wss://user:secret@example.com/a?b=c");
  assertEquals(client.uri, "wss://example.com/a?b=c");
  assertEquals(client.resourceName, "/a?b=c");
  assert(client.isSsl);
  assertEquals(client.nonceSize, 16);
  assertEquals(client.state, State.closed);
  assertEquals(client.lastPongUt, 0);
  assertEquals(client.bufferedBytes, 0);
  assertEquals(client.protocol, "");
  assertEquals(client.panicOnCallback, false);
  assertMatch(client.id, /^[0-9a-f-]{36}$/);
  assertNotEquals(client.id, newClient("ws://example.com/").id);
});

Deno.test("newClient() takes a nonceSize of 16, and no other", () => {
  const client = newClient("ws://example.com/", { nonceSize: 16 });
  assertEquals(client.nonceSize, 16);
  assertEquals(client.isServer, false);
  for (const nonceSize of [0, 15, 17, 32, 16.5, NaN, Infinity, "16"]) {
    assertThrows(
      () => newClient("ws://example.com/", { nonceSize: nonceSize as number }),
      RangeError,
      `Cannot use nonceSize ${nonceSize}: expected 16`,
    );
  }
});

Deno.test("connect() opens the connection, and calls onOpen within", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url);
  const states: State[] = [];
  client.onOpen((ws) => states.push(ws.state));
  const connecting = client.connect();
  assertEquals(client.state, State.connecting);
  await connecting;
  assertEquals(states, [State.open]);
  assert(Math.abs(client.lastPongUt - Date.now() / 1000) < 60);
  await client.close();
  assertEquals(client.state, State.closed);
});

Deno.test("connect() sends the header and agrees on a subprotocol", async () => {
  const server = newServer(0, "", { ...HOST, protocols: ["v2", "v1"] });
  const names: (string | null)[] = [];
  server.onConnect((peer) => {
    names.push(peer.headers.get("x-one"), peer.headers.get("x-two"));
  });
  await using served = await serve(server);
  const client = newClient(served.url, {
    headers: { "x-one": "1" },
    protocols: ["v1"],
  });
  client.header.set("x-two", "2");
  await client.connect();
  assertEquals(names, ["1", "2"]);
  assertEquals(client.protocol, "v1");
  await client.close();
});

Deno.test("connect() can be tried again after a failure", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const client = newClient(`ws://127.0.0.1:${listener.addr.port}/`);
  const events = record(client);
  const leaving = listener.accept().then((conn) => conn.terminate());
  await assertRejects(() => client.connect(), Error, "Cannot ");
  await leaving;
  assertEquals(client.state, State.closed);

  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  await client.connect();
  await using _peer = await accepting;
  assertEquals(events.items, ["open"]);
  await client.close();
});

Deno.test("connect() rejects with the status of a refusal", async () => {
  const server = newServer(0, "", HOST);
  server.onConnect(() => 401);
  await using served = await serve(server);
  const client = newClient(served.url);
  const error = await assertRejects(() => client.connect(), HandshakeError);
  assertEquals(error.status, 401);
  assertEquals(client.state, State.closed);
});

Deno.test("connect() rejects while the client is in use", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url);
  const connecting = client.connect();
  await assertRejects(() => client.connect(), Deno.errors.Busy);
  await connecting;
  await assertRejects(() => client.connect(), Deno.errors.Busy);
  await client.close();
});

Deno.test("connect() ends by a signal, a limit, close() or terminate()", async () => {
  // It accepts, and says nothing.
  await using listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve((conn) => conn.closed);
  const client = newClient(`ws://127.0.0.1:${listener.addr.port}/`);

  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  const aborted = await assertRejects(() => client.connect({ signal }));
  assertStrictEquals(aborted, reason);
  const late = await assertRejects(
    () => client.connect({ timeout: 1 }),
    DOMException,
  );
  assertEquals(late.name, "TimeoutError");

  const closing = client.connect();
  await client.close();
  await assertRejects(() => closing, ClosedError);
  const cutting = client.connect();
  client.terminate();
  await assertRejects(() => cutting, ClosedError);
  assertEquals(client.state, State.closed);

  await listener.shutdown({ timeout: 0 });
  await serving;
});

Deno.test("A client can connect again after the end, with one onClose for each", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url);
  const events = record(client);
  for (const code of [1000, 4001]) {
    await client.connect();
    const listening = client.listen();
    await client.close(code, "bye");
    await listening;
  }
  assertEquals(events.items, [
    "open",
    "close 1000 bye",
    "open",
    "close 4001 bye",
  ]);
});

Deno.test("write() and writeString() resolve to the bytes of the message", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url, { maxMessageSize: 100_000 });
  const received = new Log<Message>();
  client.onMessage((_ws, message) => received.add(message));
  await client.connect();
  client.listen();

  assertEquals(await client.write(new Uint8Array(3)), 3);
  assertEquals(await client.write(new Uint8Array(0), OPCode.textFrame), 0);
  assertEquals(await client.writeStr("x"), 1);
  const texts = [
    "",
    "abc",
    "é漢😀",
    "\ud800",
    "a\udc00\ud83d",
    "漢".repeat(5000),
  ];
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text);
    assertEquals(await client.writeString(text), bytes.length);
  }
  const [binary, empty, x, ...rest] = await received.have(3 + texts.length);
  assertEquals(binary.opcode, OPCode.binaryFrame);
  assertEquals(binary.payload, new Uint8Array(3));
  assertEquals([empty.opcode, empty.text()], [OPCode.textFrame, ""]);
  assertEquals(x.text(), "x");
  assertEquals(
    rest.map((message) => message.text()),
    texts.map((text) => text.toWellFormed()),
  );
  await client.close();
});

Deno.test("Writes of one turn resolve to their own lengths, in any mix", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url);
  await client.connect();
  const lengths = [5, 5, 3, 5, 3, 3, 0];
  const written = lengths.map((length) => client.write(new Uint8Array(length)));
  assertStrictEquals(written[0], written[1]);
  assertEquals(await Promise.all(written), lengths);
  await client.close();
});

Deno.test("write() rejects what can't be sent", async () => {
  const { client, peer } = await connectToPeer();
  // deno-lint-ignore no-explicit-any
  const write = (value: any, opcode?: any) => client.write(value, opcode);
  await assertRejects(() => write("text"), TypeError, "expected a Uint8Array");
  await assertRejects(() => write(new Float32Array(9)), TypeError);
  await assertRejects(() => write(null), TypeError, "null");
  await assertRejects(() => write(new Uint8Array(1), OPCode.close), RangeError);
  await assertRejects(() => write(new Uint8Array(1), 0), RangeError);
  await assertRejects(() => write(new Uint8Array(126), 9), RangeError, "126");
  // deno-lint-ignore no-explicit-any
  const text: any = 1;
  await assertRejects(() => client.writeString(text), TypeError);
  await assertRejects(() => client.ping(new Uint8Array(126)), RangeError);
  await assertRejects(() => client.pong(text), TypeError);
  await assertRejects(() => client.close(1006), RangeError);
  await assertRejects(() => client.close(1000, "x".repeat(124)), RangeError);
  assertEquals(client.state, State.open);
  await Promise.all([peer.close(), client.listen()]);
});

Deno.test("A client without a connection refuses to send and to listen", async () => {
  const client = newClient("ws://127.0.0.1:1/");
  const data = new Uint8Array(1);
  await assertRejects(() => client.write(data), ClosedError);
  await assertRejects(() => client.write(data, OPCode.ping), ClosedError);
  await assertRejects(() => client.writeString("x"), ClosedError);
  await assertRejects(() => client.ping(), ClosedError);
  await assertRejects(() => client.pong(), ClosedError);
  await assertRejects(() => client.listen(), ClosedError);
  client.terminate();
  await client.close();
});

Deno.test("Nobody has to look at what a closed client rejects", async () => {
  const { client, peer } = await connectToPeer();
  client.listen();
  await peer.close();
  await client.close();
  client.write(new Uint8Array(1));
  client.write(new Uint8Array(1), OPCode.pong);
  client.writeString("x");
  client.ping();
  client.pong();
  client.listen();
  // An unhandled rejection would fail the test by the next turn.
  await delay(0);
});

Deno.test("What comes before listen() is not lost", async () => {
  const server = newServer(0, "", HOST);
  server.onAttached(({ client }) => {
    // The first may come in the same segment as the end of the handshake.
    client.writeString("one");
    client.writeString("two");
  });
  await using served = await serve(server);
  const client = newClient(served.url);
  await client.connect();
  const events = record(client);
  client.listen();
  await events.have(2);
  assertEquals(events.items, ["1 one", "1 two"]);
  await client.close();
});

Deno.test("Nothing is read before listen()", async () => {
  const { client, peer, events } = await connectToPeer();
  const size = 1024 * 1024;
  let settled = 0;
  for (let index = 0; index < 32; index++) {
    peer.write(new Uint8Array(size)).then(() => settled++);
  }
  // More than the buffers of the system hold, so a reader would be needed.
  const other = await connectToPeer();
  await Promise.all([other.client.close(), other.peer.closed]);
  assert(settled < 32);
  assertEquals(events.items, ["open"]);

  let bytes = 0;
  const all = Promise.withResolvers<void>();
  client.onMessage((_ws, message) => {
    bytes += message.payload.length;
    if (bytes === 32 * size) all.resolve();
  });
  client.listen();
  await all.promise;
  await client.close();
  assertEquals(settled, 32);
});

Deno.test("listen() in an onOpen callback waits for the other ones", async () => {
  const server = newServer(0, "", HOST);
  server.onAttached(({ client }) => client.writeString("hi"));
  await using served = await serve(server);
  const client = newClient(served.url);
  client.onOpen((ws) => {
    ws.listen();
  });
  const events = record(client);
  await client.connect();
  assertEquals((await events.have(2)).slice(0, 2), ["open", "1 hi"]);
  await client.close();
});

Deno.test("The events of a connection come in order, the end once", async () => {
  const { client, peer, events } = await connectToPeer();
  const listening = client.listen();
  peer.write("one");
  peer.pong(new Uint8Array([0x70]));
  peer.write(new Uint8Array([0x74]));
  peer.ping();
  await peer.close(4002, "bye");
  await listening;
  await client.close();
  assertEquals(events.items, [
    "open",
    "1 one",
    "10 p",
    "2 t",
    "close 4002 bye",
  ]);
});

Deno.test("listen() rejects when the link is lost, and onClose gets 1006", async () => {
  const { client, peer, events } = await connectToPeer();
  const listening = client.listen();
  peer.terminate();
  await assertRejects(() => listening, Deno.errors.UnexpectedEof);
  assertEquals(events.items, ["open", "close 1006"]);
});

Deno.test("listen() that nobody awaits does no harm when it fails", async () => {
  const { client, peer, events } = await connectToPeer();
  client.listen();
  peer.terminate();
  await events.have(2);
  await delay(0);
});

Deno.test("listen() rejects with the peer's violation, which onError gets too", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url, { maxMessageSize: 2 });
  const events = record(client);
  await client.connect();
  client.writeString("long");
  const error = await assertRejects(() => client.listen(), ProtocolError);
  assertEquals(error.closeCode, 1009);
  assertEquals(events.items, [
    "open",
    `error ${error}`,
    `close 1009 ${error.message}`,
  ]);
});

Deno.test("A message callback that throws closes the connection with 1011", async () => {
  const fault = new RangeError("Thrown by the test");
  const { client, peer, events } = await connectToPeer((client) => {
    client.onMessage(() => {
      throw fault;
    });
  });
  peer.write("one");
  peer.write("two");
  const listening = client.listen();
  assertEquals((await peer.closed).code, 1011);
  assertStrictEquals(await assertRejects(() => listening), fault);
  assertEquals(events.items, [
    "open",
    "1 one",
    `error ${fault}`,
    "close 1011 Internal error",
  ]);
});

Deno.test("A callback whose promise rejects closes the connection with 1011", async () => {
  const { client, peer, events } = await connectToPeer((client) => {
    client.onMessage(async () => {
      await Promise.resolve();
      throw new RangeError("Rejected by the test");
    });
  });
  peer.write("one");
  const listening = client.listen();
  assertEquals((await peer.closed).code, 1011);
  await assertRejects(() => listening, RangeError);
  assertEquals(events.items.filter((event) => event.startsWith("error")), [
    "error RangeError: Rejected by the test",
  ]);
});

Deno.test("An onOpen callback that fails closes the connection with 1011", async () => {
  const reject = () => Promise.reject(new Error("1"));
  for (const callback of [reject, failing("1")]) {
    const { client, peer, events } = await connectToPeer((client) => {
      client.onOpen(callback);
    });
    assertEquals((await peer.closed).code, 1011);
    await events.have(3);
    assertEquals(events.items, [
      "open",
      "error Error: 1",
      "close 1011 Internal error",
    ]);
    await client.close();
  }
});

Deno.test("An onClose callback that throws reaches onError, and the others are called", async () => {
  const { client, peer, events } = await connectToPeer((client) => {
    client.onClose(() => {
      throw new RangeError("Thrown by the test");
    });
    client.onClose(() => events.add("last"));
  });
  const listening = client.listen();
  await peer.close();
  await assertRejects(() => listening, RangeError);
  assertEquals(events.items, [
    "open",
    "close 1000",
    "error RangeError: Thrown by the test",
    "last",
  ]);
});

Deno.test("An onError callback that fails ends nothing but its connection", async () => {
  using printed = new Printed();
  const { client, peer, events } = await connectToPeer((client) => {
    client.onMessage(failing("1"));
    client.onError(failing("2"));
    client.onError(() => Promise.reject(new Error("3")));
  });
  const listening = client.listen();
  peer.write("x");
  assertEquals((await peer.closed).code, 1011);
  await assertRejects(() => listening, Error, "1");
  assertEquals(events.items, [
    "open",
    "1 x",
    "error Error: 1",
    "close 1011 Internal error",
  ]);
  assertEquals(printed.items.map(([_what, error]) => `${error}`), [
    "Error: 2",
    "Error: 3",
  ]);
});

Deno.test("panicOnCallback reports the error of a callback to the program", async () => {
  const reported: unknown[] = [];
  const onReport = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error.message);
  };
  globalThis.addEventListener("error", onReport);
  try {
    const { client, peer } = await connectToPeer((client) => {
      client.panicOnCallback = true;
      client.onMessage(failing("1"));
    });
    client.listen();
    peer.write("x");
    assertEquals((await peer.closed).code, 1011);
    await client.close();
    assertEquals(reported, ["1"]);
  } finally {
    globalThis.removeEventListener("error", onReport);
  }
});

Deno.test("Callbacks can be taken out again, each on its own", async () => {
  const { client, peer } = await connectToPeer();
  const log = new Log<string>();
  const callback = (_ws: Client, message: Message) => log.add(message.text());
  const off = client.onMessage(callback);
  client.onMessage(callback);
  const offSelf = client.onMessage(() => {
    offSelf();
    log.add("once");
  });
  client.onMessage((_ws, message) => log.add(`${message.text()}!`));
  client.listen();
  peer.write("a");
  await log.have(4);
  off();
  off();
  peer.write("b");
  await log.have(6);
  assertEquals(log.items, ["a", "a", "once", "a!", "b", "b!"]);
  await client.close();
});

Deno.test("Registering what is no function throws a TypeError", () => {
  const client = newClient("ws://127.0.0.1/");
  // deno-lint-ignore no-explicit-any
  const callback: any = undefined;
  assertThrows(() => client.onMessage(callback), TypeError, "undefined");
});

Deno.test("ping() brings a pong to onMessage, and moves lastPongUt", async () => {
  await using served = await serve(newServer(0, "", HOST));
  const client = newClient(served.url);
  const events = record(client);
  await client.connect();
  const before = client.lastPongUt;
  client.listen();
  await client.ping(new Uint8Array([0x68, 0x69]));
  await client.write(new Uint8Array([0x21]), OPCode.ping);
  await events.have(3);
  assertEquals(events.items, ["open", "10 hi", "10 !"]);
  assert(client.lastPongUt >= before);
  await client.close();
});

Deno.test("The payload of a pong belongs to who gets it, also an empty one", async () => {
  await using served = await serve(newServer(0, "", HOST));
  const client = newClient(served.url);
  const payloads: Uint8Array<ArrayBuffer>[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  client.onMessage((_client, { payload }) => {
    if (payloads.push(payload) === 2) resolve();
  });
  await client.connect();
  client.listen();
  await Promise.all([client.ping(), client.ping()]);
  await promise;
  for (const payload of payloads) {
    assertEquals(payload.buffer.detached, false);
    structuredClone(payload, { transfer: [payload.buffer] });
  }
  await client.close();
});

Deno.test("A client gives its messages to a loop, until a clean end", async () => {
  const { client, peer } = await connectToPeer();
  for (const text of ["one", "two", "three"]) peer.write(text);
  const closing = peer.close();
  const texts: string[] = [];
  for await (const message of client) texts.push(message.text());
  assertEquals(texts, ["one", "two", "three"]);
  await closing;
});

Deno.test("A loop over a client that is left leaves the connection open", async () => {
  const { client, peer } = await connectToPeer();
  peer.write("one");
  for await (const message of client) {
    assertEquals(message.text(), "one");
    break;
  }
  const log = new Log<string>();
  client.onMessage((_ws, message) => log.add(message.text()));
  peer.write("two");
  assertEquals(await log.have(1), ["two"]);
  await Promise.all([client.close(), peer.closed]);
});

Deno.test("A loop over a client throws when the link is lost", async () => {
  const { client, peer } = await connectToPeer();
  await peer.write("one");
  const texts: string[] = [];
  await assertRejects(async () => {
    for await (const message of client) {
      texts.push(message.text());
      peer.terminate();
    }
  }, Deno.errors.UnexpectedEof);
  assertEquals(texts, ["one"]);
});

Deno.test("A loop over a client that is too slow stops the peer", async () => {
  const { client, peer } = await connectToPeer();
  const count = 5000;
  let received = 0;
  client.onMessage(() => received++);
  for (let index = 0; index < count; index++) peer.write(`${index}`);
  let index = 0;
  for await (const message of client) {
    assertEquals(message.text(), `${index++}`);
    assert(received - index <= 1024);
    if (index === count) break;
  }
  await Promise.all([client.close(), peer.closed]);
});

Deno.test("Pending callbacks stop the flow at 1,024, until half have settled", async () => {
  const { client, peer } = await connectToPeer();
  const pending: PromiseWithResolvers<void>[] = [];
  const log = new Log<string>();
  client.onMessage((_ws, message) => {
    const settled = Promise.withResolvers<void>();
    pending.push(settled);
    log.add(message.text());
    return settled.promise;
  });
  client.listen();
  for (let index = 0; index < 3000; index++) peer.write("x");
  await log.have(1024);
  // A round trip of another connection: what could come would have come.
  const other = await connectToPeer();
  await Promise.all([other.client.close(), other.peer.closed]);
  assertEquals(log.items.length, 1024);

  for (const { resolve } of pending.splice(0, 511)) resolve();
  await delay(0);
  assertEquals(log.items.length, 1024);
  for (const { resolve } of pending.splice(0, 1)) resolve();
  await log.have(1024 + 512);
  while (log.items.length < 3000 || pending.length > 0) {
    for (const { resolve } of pending.splice(0)) resolve();
    await delay(0);
  }
  await Promise.all([client.close(), peer.closed]);
});

Deno.test("Pending callbacks stop the flow at 1 MiB of messages", async () => {
  const { client, peer } = await connectToPeer();
  const log = new Log<() => void>();
  client.onMessage(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    log.add(resolve);
    return promise;
  });
  client.listen();
  const size = 512 * 1024;
  for (let index = 0; index < 3; index++) peer.write(new Uint8Array(size));
  const [first] = await log.have(2);
  const other = await connectToPeer();
  await Promise.all([other.client.close(), other.peer.closed]);
  assertEquals(log.items.length, 2);
  first();
  const [, second, third] = await log.have(3);
  second();
  third();
  await Promise.all([client.close(), peer.closed]);
});

Deno.test("close() ends a connection whose callbacks never settle", async () => {
  const { client, peer, events } = await connectToPeer((client) => {
    client.onMessage(() => new Promise(() => {}));
  });
  client.listen();
  for (let index = 0; index < 3000; index++) peer.write("x");
  await events.have(1 + 1024);
  await Promise.all([client.close(), peer.closed]);
  assertEquals(events.items.length, 1 + 1024 + 1);
  assertEquals(events.items.at(-1), "close 1000");
});

Deno.test("close() without listen() delivers what has come, and is answered", async () => {
  const { client, peer, events } = await connectToPeer();
  await peer.write("one");
  await client.close(1000, "done");
  assertEquals(events.items, ["open", "1 one", "close 1000 done"]);
  assertEquals(await peer.closed, {
    code: 1000,
    reason: "done",
    wasClean: true,
  });
});

Deno.test("close() cuts the connection if the peer does not answer in time", async () => {
  await using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept();
  const client = newClient(`ws://127.0.0.1:${listener.addr.port}/`);
  const events = record(client);
  const connecting = client.connect();
  using conn = await accepting;
  let key = "";
  for await (const line of conn.lines()) {
    if (line === "") break;
    key = /^sec-websocket-key: (.*)$/i.exec(line)?.[1] ?? key;
  }
  await conn.writeString(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
      "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
      `${acceptKey(key)}\r\n\r\n`,
  );
  await connecting;
  const listening = client.listen();
  await client.close(1000, "", { timeout: 10 });
  await assertRejects(() => listening, ClosedError);
  assertEquals(events.items, ["open", "close 1006"]);
});

Deno.test("terminate() cuts the connection", async () => {
  const { client, peer, events } = await connectToPeer();
  const listening = client.listen();
  client.terminate();
  assertEquals((await peer.closed).code, 1006);
  await assertRejects(() => listening, ClosedError);
  assertEquals(events.items, ["open", "close 1006"]);
});

Deno.test("A client is closed at the end of an await using scope", async () => {
  await using served = await serve(echoServer());
  const client = newClient(served.url);
  const events = record(client);
  {
    await using scoped = client;
    await scoped.connect();
  }
  assertEquals(client.state, State.closed);
  assertEquals(events.items, ["open", "close 1000"]);
});

Deno.test("Clients and servers compress if both were told to", async () => {
  const server = newServer(0, "", { ...HOST, deflate: true });
  server.onMessage((ws, message) => {
    ws.write(message.payload, message.opcode);
    server.broadcast(message.text());
  });
  await using served = await serve(server);
  const client = newClient(served.url, { deflate: true });
  const events = record(client);
  await client.connect();
  client.listen();
  const text = "hello ".repeat(1000);
  assertEquals(await client.writeString(text), text.length);
  await events.have(3);
  assertEquals(events.items, ["open", `1 ${text}`, `1 ${text}`]);
  await client.close();
});

Deno.test("close() with a limit that is none changes nothing", async () => {
  const { client, peer, events } = await connectToPeer();
  const wrong = { timeout: -1 };
  await assertRejects(() => client.close(1000, "", wrong), RangeError);
  assertEquals(client.state, State.open);
  const answering = peer.write("still here");
  await client.writeString("here");
  assertEquals(await peer.read(), "here");
  await answering;
  await Promise.all([peer.close(), client.listen()]);
  assertEquals(events.items, ["open", "1 still here", "close 1000"]);
});
