import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { runInNewContext } from "node:vm";
import { dialTcp } from "@vnet/net/tcp";
import { pipe } from "@vnet/net/testing";
import {
  type Client,
  ClosedError,
  dialWebSocket,
  HandshakeError,
  newClient,
  newServer,
  OPCode,
  type Server,
  type ServerClient,
  State,
} from "@vnet/net/websocket";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import {
  ask,
  Log,
  rawClient,
  readFrame,
  record,
  request,
  serve,
} from "../support/_servers.ts";
import { Printed } from "../support/_printed.ts";
import { BINARY, CLOSE, masked, PING, PONG, TEXT } from "../support/_frames.ts";

const HOST = { hostname: "127.0.0.1" };

/** A callback that throws. */
function failing(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** The errors that a server reports, with what they came with. */
function errorsOf(server: Server): Log<[Client | undefined, unknown]> {
  const log = new Log<[Client | undefined, unknown]>();
  server.onError((ws, error) => log.add([ws, error]));
  return log;
}

/** Serves requests by `Deno.serve`. */
function serveHttp(server: Server): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
}

Deno.test("newServer() throws at options that are not valid", () => {
  for (const pingInterval of [-1, NaN]) {
    assertThrows(() => newServer(0, "", { pingInterval }), RangeError);
  }
  for (const pingInterval of [0, 30, 999]) {
    assertThrows(
      () => newServer(0, "", { pingInterval }),
      RangeError,
      `Cannot use pingInterval ${pingInterval}: it is in milliseconds`,
    );
  }
  assertThrows(() => newServer(0, "", { closeTimeout: -1 }), RangeError);
  assertThrows(() => newServer(0, "", { handshakeTimeout: -1 }), RangeError);
});

Deno.test("listen() rejects with the reason why it can't", async () => {
  await using served = await serve(newServer(0, "", HOST));
  const taken = newServer(served.port, "", HOST);
  await assertRejects(() => taken.listen(), Deno.errors.AddrInUse);
  assertEquals(taken.listening, false);
});

Deno.test("A server tells whether and where it listens", async () => {
  const server = newServer(0, "", HOST);
  assertEquals([server.listening, server.addr], [false, undefined]);
  const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: resolve });
  assertEquals(server.addr, await promise);
  assertEquals(server.listening, true);
  await assertRejects(() => server.listen(), Deno.errors.Busy);
  await server.close();
  await serving;
  assertEquals([server.listening, server.addr], [false, undefined]);
});

Deno.test("listen() ends by its signal, with 1001 for the clients", async () => {
  const server = newServer(0, "", HOST);
  await server.listen({ signal: AbortSignal.abort() });

  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: resolve, signal: stop.signal });
  const client = newClient(`ws://127.0.0.1:${(await promise).port}/`);
  const events = record(client);
  await client.connect();
  const listening = client.listen();
  stop.abort();
  await Promise.all([serving, listening]);
  assertEquals(events.items, ["open", "close 1001"]);
});

Deno.test("listen() rejects with what onListen throws, and lets the port go", async () => {
  const server = newServer(0, "", HOST);
  await assertRejects(
    () => server.listen({ onListen: failing("Thrown by the test") }),
    Error,
    "Thrown by the test",
  );
  assertEquals(server.listening, false);
});

Deno.test("listen() rejects with the rejection of onListen, and lets the port go", async () => {
  const server = newServer(0, "", HOST);
  const onListen = () => Promise.reject(new Error("Rejected by the test"));
  await assertRejects(
    () => server.listen({ onListen }),
    Error,
    "Rejected by the test",
  );
  assertEquals(server.listening, false);
});

Deno.test("A server tells its port, its state and whether it has TLS, as V's does", async () => {
  const server = newServer(0, "", HOST);
  assertEquals(server.port, 0);
  assertEquals(server.isSsl, false);
  assertEquals(server.state, State.connecting);
  for (let round = 0; round < 2; round++) {
    const listening = Promise.withResolvers<Deno.NetAddr>();
    const serving = server.listen({ onListen: listening.resolve });
    const { port } = await listening.promise;
    assertEquals(server.port, port);
    assertEquals(server.state, State.open);
    const client = await dialWebSocket(`ws://127.0.0.1:${port}/`);
    const closing = server.close();
    assertEquals(server.state, State.closing);
    await client.closed;
    await closing;
    assertEquals(server.state, State.closed);
    assertEquals(server.port, 0);
    await serving;
  }
  const tls = { cert: serverCert, key: serverKey };
  const secure = newServer(2021, "", { ...HOST, ...tls });
  assertEquals(secure.port, 2021);
  assert(secure.isSsl);
});

Deno.test("onConnect sees what the client has asked for", async () => {
  const server = newServer(0, "", { ...HOST, protocols: ["chat"] });
  const seen = new Log<ServerClient>();
  const states: State[] = [];
  server.onConnect((peer) => {
    states.push(peer.client.state);
    seen.add(peer);
  });
  await using served = await serve(server);
  const client = await dialWebSocket(`${served.url}a/b?c=d`, {
    headers: { "x-name": "Ann" },
    protocols: ["other", "chat"],
  });
  const [peer] = await seen.have(1);
  assertEquals(states, [State.connecting]);
  assertEquals(peer.resourceName, "/a/b?c=d");
  assertMatch(peer.clientKey, /^[A-Za-z0-9+/]{22}==$/);
  assertEquals(peer.headers.get("x-name"), "Ann");
  assertEquals(peer.origin, undefined);
  assertEquals(peer.protocols, ["other", "chat"]);
  assertEquals(peer.remoteAddr?.hostname, "127.0.0.1");
  assertStrictEquals(peer.server, server);
  assertEquals(peer.client.protocol, "chat");
  assertEquals(peer.client.uri, "/a/b?c=d");
  assertEquals(peer.client.resourceName, "/a/b?c=d");
  assertEquals(peer.client.isSsl, false);
  assert(peer.client.isServer);
  assertEquals(server.clients.get(peer.client.id), peer);
  await assertRejects(() => peer.client.connect(), TypeError);
  await client.close();
});

Deno.test("A ServerClient knows the request without onConnect, too", async () => {
  const server = newServer(0, "", HOST);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  await using served = await serve(server);
  const origin = `http://127.0.0.1:${served.port}`;
  const client = await dialWebSocket(`${served.url}a`, {
    headers: { origin, "x-name": "Ann" },
    protocols: ["chat"],
  });
  const [peer] = await attached.have(1);
  assertEquals(peer.resourceName, "/a");
  assertMatch(peer.clientKey, /^[A-Za-z0-9+/]{22}==$/);
  assertEquals(peer.origin, origin);
  assertEquals(peer.protocols, ["chat"]);
  assertEquals(peer.headers.get("x-name"), "Ann");
  assertStrictEquals(peer.headers, peer.headers);
  await client.close();
});

Deno.test("onConnect refuses with 403, with a status or with a Response", async () => {
  const server = newServer(0, "", HOST);
  const refused: Client[] = [];
  server.onConnect(async (peer) => {
    refused.push(peer.client);
    if (peer.resourceName === "/false") return false;
    if (peer.resourceName === "/number") return 429;
    const headers = { "retry-after": "7" };
    return await Promise.resolve(new Response("no", { status: 503, headers }));
  });
  const errors = errorsOf(server);
  await using served = await serve(server);
  assertMatch(await ask(served.port, "/false"), /^HTTP\/1\.1 403 /);
  assertMatch(await ask(served.port, "/number"), /^HTTP\/1\.1 429 /);
  const answer = await ask(served.port, "/response");
  assertMatch(answer, /^HTTP\/1\.1 503 /);
  assertStringIncludes(answer, "retry-after: 7\r\n");
  assert(answer.endsWith("\r\n\r\nno"));
  assertEquals(server.clients.size, 0);
  assertEquals(refused.map(({ state }) => state), [3, 3, 3]);
  assertEquals(errors.items, []);
});

Deno.test("onConnect that fails refuses with 500, and reaches onError", async () => {
  const server = newServer(0, "", HOST);
  server.onConnect((peer) => {
    if (peer.resourceName === "/throw") throw new Error("1");
    return Promise.reject(new Error("2"));
  });
  const errors = errorsOf(server);
  await using served = await serve(server);
  assertMatch(await ask(served.port, "/throw"), /^HTTP\/1\.1 500 /);
  assertMatch(await ask(served.port, "/reject"), /^HTTP\/1\.1 500 /);
  assertEquals(errors.items.map(([, error]) => `${error}`), [
    "Error: 1",
    "Error: 2",
  ]);
  assertEquals(errors.items.map(([ws]) => ws?.resourceName), [
    "/throw",
    "/reject",
  ]);
});

Deno.test("onConnect that takes too long refuses with 500, and reaches onError", async () => {
  const server = newServer(0, "", { ...HOST, handshakeTimeout: 20 });
  const answers: (() => void)[] = [];
  server.onConnect(() =>
    new Promise((_resolve, reject) => {
      answers.push(() => reject(new Error("Too late")));
    })
  );
  const errors = errorsOf(server);
  await using served = await serve(server);
  assertMatch(await ask(served.port, "/slow"), /^HTTP\/1\.1 500 /);
  const [[ws, error]] = await errors.have(1);
  assertEquals(ws?.resourceName, "/slow");
  assertMatch(`${error}`, /^TimeoutError: /);
  for (const answer of answers) answer();
});

Deno.test("onConnect can be registered once at a time", () => {
  const server = newServer(0);
  const off = server.onConnect(() => true);
  assertThrows(
    () => server.onConnect(() => true),
    TypeError,
    "only one callback can be registered for accept client",
  );
  off();
  off();
  const offSecond = server.onConnect(() => false);
  off();
  assertThrows(() => server.onConnect(() => true), TypeError);
  offSecond();
});

Deno.test("A server with a route refuses other paths with 404", async () => {
  const server = newServer(0, "/chat", HOST);
  const errors = errorsOf(server);
  await using served = await serve(server);
  assertMatch(await ask(served.port, "/other"), /^HTTP\/1\.1 404 /);
  const client = await dialWebSocket(`${served.url}chat?room=1`);
  await client.close();
  const [[ws, error]] = await errors.have(1);
  assertEquals(ws, undefined);
  assertInstanceOf(error, HandshakeError);
  assertEquals(error.status, 404);
});

Deno.test("Cookies in lines of their own are read as one", async () => {
  const cookies = new Log<string | null>();
  const server = newServer(0, "", {
    ...HOST,
    onHttpRequest: ({ headers }) => {
      cookies.add(headers.get("cookie"));
      return new Response();
    },
  });
  server.onConnect((peer) => cookies.add(peer.headers.get("cookie")));
  server.onAttached((peer) => cookies.add(peer.headers.get("cookie")));
  await using served = await serve(server);
  const fields = ["Cookie: a=1", "cookie: b=2"];
  using page = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  await page.writeString(
    `GET / HTTP/1.1\r\nHost: a\r\n${fields.join("\r\n")}\r\n\r\n`,
  );
  await cookies.have(1);
  using conn = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  await conn.writeString(request("/", fields));
  await cookies.have(3);
  assertEquals(cookies.items, ["a=1; b=2", "a=1; b=2", "a=1; b=2"]);
});

Deno.test("A server refuses pages of other origins unless they are allowed", async () => {
  const evil = ["Origin: https://evil.example"];
  await using strict = await serve(newServer(0, "", HOST));
  assertMatch(await ask(strict.port, "/", evil), /^HTTP\/1\.1 403 /);
  const allowedOrigins = ["https://evil.example"];
  await using served = await serve(
    newServer(0, "", { ...HOST, allowedOrigins }),
  );
  const origin = "https://evil.example";
  const client = await dialWebSocket(served.url, { headers: { origin } });
  await client.close();
});

Deno.test("The events of a client come in order, the end once", async () => {
  const server = newServer(0, "", HOST);
  const events = record(server);
  const sizes: number[] = [];
  server.onConnect(() => events.add("connect"));
  server.onAttached((peer) => {
    events.add(`attached ${peer.client.state}`);
    sizes.push(server.clients.size);
    peer.client.onOpen(() => events.add("own open"));
    peer.client.onMessage((_ws, message) =>
      events.add(`own ${message.text()}`)
    );
    peer.client.onClose(() => events.add("own close"));
  });
  server.onClose(() => sizes.push(server.clients.size));
  await using served = await serve(server);
  const conn = await rawClient(served.port);
  await conn.write(masked(TEXT, "one"));
  await conn.write(masked(PONG, "two"));
  await conn.write(masked(PING, "three"));
  await conn.write(masked(CLOSE, new Uint8Array([0x0f, 0xa0, 0x21])));
  assertEquals(await readFrame(conn), [
    PONG,
    new Uint8Array([
      0x74,
      0x68,
      0x72,
      0x65,
      0x65,
    ]),
  ]);
  assertEquals((await readFrame(conn))[0], CLOSE);
  conn.close();
  await events.have(9);
  assertEquals(events.items, [
    "connect",
    "attached 1",
    "own open",
    "1 one",
    "own one",
    "10 two",
    "own two",
    "close 4000 !",
    "own close",
  ]);
  assertEquals(sizes, [1, 0]);
});

Deno.test("A frame in the segment of the request is delivered", async () => {
  const server = newServer(0, "", HOST);
  const events = record(server);
  await using served = await serve(server);
  using conn = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  const head = new TextEncoder().encode(request("/"));
  await conn.writev([head, masked(TEXT, "early")]);
  assertEquals(await events.have(1), ["1 early"]);
});

Deno.test("onClose gets 1005 for no code, and 1006 for a lost link", async () => {
  const server = newServer(0, "", HOST);
  const events = record(server);
  await using served = await serve(server);
  const polite = await rawClient(served.port);
  await polite.write(masked(CLOSE));
  assertEquals(await readFrame(polite), [CLOSE, new Uint8Array()]);
  polite.close();
  await events.have(1);
  const rude = await rawClient(served.port);
  rude.close();
  await events.have(2);
  assertEquals(events.items, ["close 1005", "close 1006"]);
});

Deno.test("A violation ends its connection with the code, and reaches onError", async () => {
  const server = newServer(0, "", { ...HOST, maxMessageSize: 3 });
  const events = record(server);
  await using served = await serve(server);
  const cases = [
    [masked(TEXT, "x", { mask: undefined }), 1002],
    [masked(BINARY, "four"), 1009],
    [masked(TEXT, new Uint8Array([0xff])), 1007],
  ] as const;
  for (const [frame, code] of cases) {
    using conn = await rawClient(served.port);
    await conn.write(frame);
    const [opcode, payload] = await readFrame(conn);
    assertEquals([opcode, payload[0] * 256 + payload[1]], [CLOSE, code]);
  }
  await events.have(6);
  const ends = events.items.filter((event) => event.startsWith("close"));
  assertEquals(ends.map((event) => event.slice(6, 10)), [
    "1002",
    "1009",
    "1007",
  ]);
});

Deno.test("A callback that fails harms nobody but its client", async () => {
  // What its onError callbacks throw is printed.
  using _printed = new Printed();
  const server = newServer(0, "", HOST);
  const errors = errorsOf(server);
  server.onMessage((ws, message) => {
    if (message.text() === "throw") throw new Error("1");
    if (message.text() === "reject") return Promise.reject(new Error("2"));
    return ws.write(message.payload, message.opcode);
  });
  server.onError(failing("3"));
  server.onError(() => Promise.reject(new Error("4")));
  const ended = new Log<number>();
  server.onClose((_ws, code) => ended.add(code));
  server.onAttached((peer) => {
    if (peer.resourceName === "/attached") throw new Error("5");
  });
  await using served = await serve(server);
  const good = await dialWebSocket(served.url);
  for (const text of ["throw", "reject"]) {
    const bad = await dialWebSocket(served.url);
    await bad.write(text);
    assertEquals(await bad.closed, {
      code: 1011,
      reason: "Internal error",
      wasClean: true,
    });
    await good.write("hello");
    assertEquals(await good.read(), "hello");
  }
  const bad = await dialWebSocket(`${served.url}attached`);
  assertEquals((await bad.closed).code, 1011);
  await ended.have(3);
  assertEquals(server.clients.size, 1);
  assertEquals(errors.items.map(([, error]) => `${error}`), [
    "Error: 1",
    "Error: 2",
    "Error: 5",
  ]);
  await good.close();
});

Deno.test("An onError callback of the server may fail without a client, too", async () => {
  const { error } = console;
  using _printed = {
    [Symbol.dispose]() {
      console.error = error;
    },
  };
  console.error = () => {};
  const server = newServer(0, "/chat", HOST);
  server.onError(failing("1"));
  server.onError(() => Promise.reject(new Error("2")));
  const errors = errorsOf(server);
  await using served = await serve(server);
  assertMatch(await ask(served.port, "/"), /^HTTP\/1\.1 404 /);
  await errors.have(1);
});

Deno.test("Callbacks of a server can be taken out again", async () => {
  const server = newServer(0, "/chat", HOST);
  const offs = [
    server.onAttached(failing("attached")),
    server.onMessage(failing("message")),
    server.onClose(failing("close")),
  ];
  const first = new Log<unknown>();
  const off = server.onError((_ws, error) => first.add(error));
  const errors = errorsOf(server);
  for (const off of offs) off();
  await using served = await serve(server);
  const client = await dialWebSocket(`${served.url}chat`);
  await client.write("hello");
  assertEquals((await client.close()).code, 1000);
  off();
  await ask(served.port, "/");
  await errors.have(1);
  assertEquals(first.items, []);
});

Deno.test("broadcast() reaches all clients, except those left out", async () => {
  const server = newServer(0, "", HOST);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  await using served = await serve(server);
  const clients = await Promise.all(
    Array.from({ length: 4 }, () => dialWebSocket(served.url)),
  );
  const peers = (await attached.have(4)).map(({ client }) => client);
  assertEquals(server.broadcast("all"), 4);
  assertEquals(server.broadcast(new Uint8Array([1])), 4);
  const bytes = new TextEncoder().encode("text");
  assertEquals(server.broadcast(bytes, { opcode: OPCode.textFrame }), 4);
  assertEquals(server.broadcast("x", { opcode: OPCode.binaryFrame }), 4);
  assertEquals(server.broadcast("not one", { except: peers[0] }), 3);
  assertEquals(server.broadcast("one", { except: peers.slice(1) }), 1);
  assertEquals(server.broadcast("", { except: new Set(peers) }), 0);
  bytes.fill(0);
  const received = await Promise.all(clients.map(async (client) => {
    const messages: unknown[] = [];
    for (let index = 0; index < 4; index++) messages.push(await client.read());
    assertEquals(messages, [
      "all",
      new Uint8Array([1]),
      "text",
      new Uint8Array([0x78]),
    ]);
    return await client.read();
  }));
  assertEquals(received.toSorted(), ["not one", "not one", "not one", "one"]);
  await Promise.all(clients.map((client) => client.close()));
  assertEquals(server.broadcast("nobody"), 0);
});

Deno.test("broadcast() sends bytes of another realm, and refuses detached ones", async () => {
  const server = newServer(0, "", HOST);
  await using served = await serve(server);
  const client = await dialWebSocket(served.url);
  await client.ping();
  const foreign = runInNewContext("new Uint8Array([1, 2])") as Uint8Array;
  assertEquals(server.broadcast(foreign), 1);
  assertEquals(await client.read(), new Uint8Array([1, 2]));
  const gone = new Uint8Array(3);
  gone.buffer.transfer();
  assertThrows(() => server.broadcast(gone), TypeError);
  await client.close();
});

Deno.test("broadcast() throws at what can't be sent", () => {
  const server = newServer(0);
  // deno-lint-ignore no-explicit-any
  const bad: any = 1;
  assertThrows(() => server.broadcast(bad), TypeError, "number");
  const opcode = bad + 8;
  assertThrows(() => server.broadcast("x", { opcode }), RangeError, "9");
});

for (const sendPolicy of ["wait", "close"] as const) {
  Deno.test(`broadcast() cuts a client that does not read, by the policy "${sendPolicy}"`, async () => {
    const maxBufferedBytes = 256 * 1024;
    const server = newServer(0, "", { ...HOST, maxBufferedBytes, sendPolicy });
    const events = record(server);
    await using served = await serve(server);
    using _slow = await rawClient(served.port);
    const fast = newClient(served.url);
    let count = 0;
    let wake = () => {};
    fast.onMessage(() => {
      count++;
      wake();
    });
    await fast.connect();
    const listening = fast.listen();
    const message = new Uint8Array(128 * 1024);
    let sent = 0;
    while (server.clients.size === 2) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      server.broadcast(message);
      sent++;
      if (count < sent) await promise;
    }
    assertEquals(count, sent);
    assertEquals(events.items.length, 2);
    assertMatch(events.items[0], /^error ClosedError: .* bytes wait already$/);
    assertEquals(events.items[1], "close 1006");
    await fast.close();
    await listening;
  });
}

Deno.test('broadcast() leaves out a client that does not read, by the policy "drop"', async () => {
  const server = newServer(0, "", {
    ...HOST,
    maxBufferedBytes: 256 * 1024,
    sendPolicy: "drop",
  });
  const errors = errorsOf(server);
  await using served = await serve(server);
  using slow = await rawClient(served.port);
  const fast = await dialWebSocket(served.url);
  const message = new Uint8Array(128 * 1024);
  while (server.broadcast(message) === 2) await fast.read();
  await fast.read();
  assertEquals(server.clients.size, 2);
  assertEquals(errors.items, []);
  slow.terminate();
  await fast.close();
});

Deno.test("the option pingInterval is in milliseconds, the property in seconds", () => {
  for (const pingInterval of [1000, 90_000, Infinity]) {
    const server = newServer(0, "", { pingInterval });
    assertEquals(server.pingInterval, pingInterval / 1000);
  }
});

Deno.test("pingInterval is in seconds, and holds for open connections", async () => {
  const server = newServer(0, "", { ...HOST, pongTimeout: 20 });
  assertEquals(server.pingInterval, 30);
  assertEquals(server.getPingInterval(), 30);
  assertThrows(() => server.setPingInterval(-1), RangeError, "pingInterval");
  const events = record(server);
  await using served = await serve(server);
  using conn = await rawClient(served.port);
  server.setPingInterval(0.02);
  assertEquals(server.pingInterval, 0.02);
  assertEquals(await readFrame(conn), [PING, new Uint8Array()]);
  await conn.write(masked(PONG));
  assertEquals(await readFrame(conn), [PING, new Uint8Array()]);
  // No pong this time.
  await events.have(3);
  assertEquals(events.items[0], "10 ");
  assertMatch(events.items[1], /^error TimeoutError: /);
  assertEquals(events.items[2], "close 1006");
});

Deno.test("A server that was told not to ping does not", async () => {
  const server = newServer(0, "", HOST);
  server.pingInterval = 0.01;
  await using served = await serve(server);
  server.pingInterval = 0;
  const client = await dialWebSocket(served.url);
  assert(await client.ping() >= 0);
  await client.close();
});

Deno.test("close() closes all clients with the code, and waits for them", async () => {
  const server = newServer(0, "", HOST);
  const events = record(server);
  const served = await serve(server);
  const clients = await Promise.all(
    Array.from({ length: 3 }, () => dialWebSocket(served.url)),
  );
  await assertRejects(() => server.close(1006), RangeError);
  await server.close(4001, "later");
  for (const client of clients) {
    const { code, reason } = await client.closed;
    assertEquals([code, reason], [4001, "later"]);
  }
  assertEquals(events.items, Array(3).fill("close 4001 later"));
  assertEquals(server.clients.size, 0);
  await served[Symbol.asyncDispose]();
});

Deno.test("close() cuts the clients that do not answer, at the limit", async () => {
  const server = newServer(0, "", HOST);
  const events = record(server);
  await using served = await serve(server);
  using _silent = await rawClient(served.port);
  await server.close(1001, "", { timeout: 10 });
  assertEquals(events.items, ["close 1006"]);
});

Deno.test("close() ends the handshakes that are under way", async () => {
  const server = newServer(0, "", HOST);
  const asked = Promise.withResolvers<void>();
  const errors = errorsOf(server);
  server.onConnect(() => {
    asked.resolve();
    return new Promise<boolean>(() => {});
  });
  const served = await serve(server);
  using silent = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  const client = newClient(served.url);
  const refused = assertRejects(() => client.connect());
  await asked.promise;
  await served[Symbol.asyncDispose]();
  await refused;
  assertEquals(await silent.read(new Uint8Array(1)), null);
  assertEquals(errors.items, []);
});

Deno.test("close() from a callback does not wait for that callback", async () => {
  const server = newServer(0, "", HOST);
  server.onMessage(() => server.close(1000, "told to"));
  const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: resolve });
  const client = await dialWebSocket(`ws://127.0.0.1:${(await promise).port}/`);
  await client.write("stop");
  assertEquals((await client.closed).reason, "told to");
  await serving;
});

Deno.test("A silent connection is closed at handshakeTimeout", async () => {
  const server = newServer(0, "", { ...HOST, handshakeTimeout: 10 });
  const errors = errorsOf(server);
  await using served = await serve(server);
  using conn = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  assertEquals(await conn.read(new Uint8Array(1)), null);
  const [[ws, error]] = await errors.have(1);
  assertEquals(ws, undefined);
  assertInstanceOf(error, DOMException);
  assertEquals(error.name, "TimeoutError");
});

Deno.test("A server closes what is beyond maxConnections", async () => {
  const server = newServer(0, "", { ...HOST, maxConnections: 1 });
  await using served = await serve(server);
  const client = await dialWebSocket(served.url);
  using surplus = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  assertEquals(await surplus.read(new Uint8Array(1)), null);
  await client.close();
});

Deno.test("A server listens by TLS if it has a certificate", async () => {
  const server = newServer(0, "", {
    ...HOST,
    cert: serverCert,
    key: serverKey,
  });
  server.onMessage((ws, message) =>
    ws.writeString(`${ws.isSsl} ${message.text()}`)
  );
  await using served = await serve(server);
  const client = newClient(`wss://127.0.0.1:${served.port}/`, {
    caCerts: [caCert],
  });
  const events = record(client);
  await client.connect();
  client.listen();
  await client.writeString("hello");
  assertEquals(await events.have(2), ["open", "1 true hello"]);
  await client.close();
});

Deno.test("handleHandshake() serves any stream connection", async () => {
  const server = newServer(0, "/chat");
  const events = record(server);
  const [left, right] = pipe();
  await left.writeString(request("/chat"));
  const peer = await server.handleHandshake(right);
  assertEquals(peer.remoteAddr, undefined);
  assertEquals(peer.client.state, State.open);
  while (await left.readLine() !== "");
  await left.write(masked(TEXT, "hello"));
  await left.write(masked(CLOSE));
  await left.closeWrite();
  await events.have(2);
  assertEquals(events.items, ["1 hello", "close 1005"]);
  left.close();

  const [near, far] = pipe();
  await near.writeString(request("/other"));
  const refused = server.handleHandshake(far);
  assertEquals(await near.readLine(), "HTTP/1.1 404 Not Found");
  near.close();
  const error = await assertRejects(() => refused, HandshakeError);
  assertEquals(error.status, 404);
});

Deno.test("handleHandshake() closes the connection if an option is not valid", async () => {
  // What was good when it was given may be changed.
  const headers = new Headers();
  const server = newServer(0, "", { headers });
  headers.set("upgrade", "h2c");
  const [left, right] = pipe();
  await left.writeString(request("/"));
  await assertRejects(() => server.handleHandshake(right), TypeError);
  assertEquals(right.state, "closed");
  left.close();
});

Deno.test("handleUpgrade() serves clients inside Deno.serve", async () => {
  const server = newServer(0, "/echo");
  const events = record(server);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  server.onMessage((ws, message) => ws.write(message.payload, message.opcode));
  await using http = serveHttp(server);
  const { port } = http.addr;
  const client = newClient(`ws://127.0.0.1:${port}/echo?a`, {
    headers: { "x-name": "Ann" },
  });
  const received = record(client);
  await client.connect();
  client.listen();
  const [peer] = await attached.have(1);
  assertEquals(peer.resourceName, "/echo?a");
  assertEquals(peer.headers.get("x-name"), "Ann");
  assertEquals(peer.remoteAddr?.hostname, "127.0.0.1");
  assertEquals(peer.client.state, State.open);
  assertEquals(server.clients.size, 1);
  await client.writeString("漢");
  await client.write(new Uint8Array([0x61]));
  await received.have(3);
  assertEquals(server.broadcast("all"), 1);
  await received.have(4);
  await client.close(4000, "bye");
  await events.have(3);
  assertEquals(received.items, [
    "open",
    "1 漢",
    "2 a",
    "1 all",
    "close 4000 bye",
  ]);
  assertEquals(events.items, ["1 漢", "2 a", "close 4000 bye"]);
  assertEquals(server.clients.size, 0);
  await assertRejects(() => peer.client.ping(), Error);
  await assertRejects(() => peer.client.pong(), Error);
});

Deno.test("handleUpgrade() refuses as listen() does", async () => {
  const server = newServer(0, "/chat", { maxConnections: 1 });
  const errors = errorsOf(server);
  server.onConnect((peer) => {
    if (peer.resourceName === "/chat?1") return false;
    if (peer.resourceName === "/chat?2") return 429;
    if (peer.resourceName === "/chat?3") {
      return new Response("no", { status: 418 });
    }
    if (peer.resourceName === "/chat?4") throw new Error("1");
    return true;
  });
  await using http = serveHttp(server);
  const { port } = http.addr;
  const url = `ws://127.0.0.1:${port}`;
  const statuses: (number | undefined)[] = [];
  for (const path of ["/chat?1", "/chat?2", "/chat?3", "/chat?4", "/other"]) {
    const error = await assertRejects(
      () => dialWebSocket(url + path),
      HandshakeError,
    );
    statuses.push(error.status);
  }
  assertEquals(statuses, [403, 429, 418, 500, 404]);
  assertEquals(errors.items.map(([, error]) => `${error}`), ["Error: 1"]);
  const plain = await fetch(`http://127.0.0.1:${port}/chat`);
  assertEquals(plain.status, 426);
  await plain.body?.cancel();

  const client = await dialWebSocket(`${url}/chat`);
  const error = await assertRejects(
    () => dialWebSocket(`${url}/chat`),
    HandshakeError,
  );
  assertEquals(error.status, 503);
  await client.close();
});

Deno.test("A callback that fails closes a client of handleUpgrade() with 1011", async () => {
  const server = newServer(0);
  const errors = errorsOf(server);
  const ended = new Log<number>();
  server.onClose((_ws, code) => ended.add(code));
  server.onMessage(failing("1"));
  await using http = serveHttp(server);
  const client = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  await client.write("x");
  assertEquals((await client.closed).code, 1011);
  assertEquals((await ended.have(1)).length, 1);
  assertEquals(errors.items.map(([, error]) => `${error}`), ["Error: 1"]);
});

Deno.test("close() closes the clients of handleUpgrade(), too", async () => {
  const server = newServer(0);
  const ended = new Log<number>();
  server.onClose((_ws, code) => ended.add(code));
  await using http = serveHttp(server);
  const client = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  await server.close(1012, "restart");
  assertEquals(await client.closed, {
    code: 1012,
    reason: "restart",
    wasClean: true,
  });
  assertEquals(ended.items, [1012]);
});

Deno.test("Pending callbacks stop the reading of a client of handleUpgrade()", async () => {
  const server = newServer(0);
  const pending = new Log<() => void>();
  server.onMessage(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    pending.add(resolve);
    return promise;
  });
  await using http = serveHttp(server);
  const client = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  for (let index = 0; index < 1500; index++) client.write("x");
  await pending.have(1024);
  const other = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  await other.close();
  assertEquals(pending.items.length, 1024);
  for (const resolve of pending.items) resolve();
  await pending.have(1500);
  for (const resolve of pending.items) resolve();
  await client.close();
});

Deno.test("A server ends with its await using scope", async () => {
  let serving: Promise<void>;
  {
    await using server = newServer(0, "", HOST);
    serving = server.listen();
    assert(server.listening);
  }
  await serving;
});

Deno.test("A client that the server cuts fails with ClosedError there", async () => {
  const server = newServer(0, "", HOST);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  await using served = await serve(server);
  const client = await dialWebSocket(served.url);
  const [peer] = await attached.have(1);
  const listening = peer.client.listen();
  peer.client.terminate();
  await assertRejects(() => listening, ClosedError);
  assertEquals((await client.closed).code, 1006);
  await assertRejects(() => peer.client.writeString("x"), ClosedError);
});
