import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { once } from "node:events";
import { createConnection } from "node:net";
import { dialTcp } from "@vnet/net/tcp";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  type Client,
  dialWebSocket,
  HandshakeError,
  newServer,
  type Server,
  type ServerOptions,
} from "@vnet/net/websocket";
import { serverCert, serverKey } from "../../certificates.ts";
import { until } from "../../tcp/support/_outcomes.ts";
import { ask, Log, request, serve } from "../support/_servers.ts";

const HOST = { hostname: "127.0.0.1" };

function errorsOf(server: Server): Log<unknown> {
  const log = new Log<unknown>();
  server.onError((_ws: Client | undefined, error: unknown) => log.add(error));
  return log;
}

/** Takes what is printed until the scope ends. */
function printed(): Log<unknown[]> & Disposable {
  const log = new Log<unknown[]>();
  const { error } = console;
  console.error = (...args: unknown[]) => log.add(args);
  return Object.assign(log, {
    [Symbol.dispose]() {
      console.error = error;
    },
  });
}

/** Connects and goes; without a reset, when the server has noticed. */
async function comeAndGo(port: number, reset: boolean): Promise<void> {
  if (reset) {
    // Only sockets of `node:net` can send a reset.
    const socket = createConnection({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.resetAndDestroy();
    await once(socket, "close");
    return;
  }
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.closeWrite();
  await conn.read(new Uint8Array(1));
  conn.close();
}

Deno.test("A health check is no error, by TCP and by TLS", async () => {
  for (
    const options of [HOST, { ...HOST, cert: serverCert, key: serverKey }]
  ) {
    using log = printed();
    const server = newServer(0, "", options);
    const errors = errorsOf(server);
    await using served = await serve(server);
    for (let round = 0; round < 3; round++) {
      await comeAndGo(served.port, false);
      await comeAndGo(served.port, true);
    }
    await served[Symbol.asyncDispose]();
    assertEquals(errors.items, []);
    assertEquals(log.items, []);
    assertEquals(server.stats.handshakesFailed, 0);
  }
});

Deno.test("A connection that is lost within its request is an error, as before", async () => {
  const server = newServer(0, "", HOST);
  const errors = errorsOf(server);
  await using served = await serve(server);
  const conn = await dialTcp({ hostname: "127.0.0.1", port: served.port });
  await conn.writeString("GET / HT");
  await conn.closeWrite();
  const [error] = await errors.have(1);
  assertInstanceOf(error, Deno.errors.UnexpectedEof);
  conn.close();
});

Deno.test("A page that onHttpRequest answers is no error, a refused request is", async () => {
  const server = newServer(0, "/chat", {
    ...HOST,
    onHttpRequest: ({ path }) =>
      new Response("x", { status: path === "/" ? 200 : 404 }),
  });
  const errors = errorsOf(server);
  await using served = await serve(server);
  const base = `http://127.0.0.1:${served.port}`;
  for (const [path, status] of [["/", 200], ["/x", 404]] as const) {
    const page = await fetch(base + path);
    assertEquals([page.status, await page.text()], [status, "x"]);
  }
  const posted = await fetch(base, { method: "POST", body: "x" });
  await posted.body?.cancel();
  assert((await ask(served.port, "/other")).startsWith("HTTP/1.1 404"));
  const statuses = (await errors.have(2)).map((error) => {
    assertInstanceOf(error, HandshakeError);
    return error.status;
  });
  assertEquals(statuses, [400, 404]);
  await served[Symbol.asyncDispose]();
  assertEquals(errors.items.length, 2);
});

/** Ways to fail in a handler of requests. */
const FAULTS: Record<string, (server: Server) => void> = {
  "onConnect that throws": (server) => {
    server.onConnect(() => {
      throw new Error("Thrown by the test");
    });
  },
  "onConnect that rejects": (server) => {
    server.onConnect(() => Promise.reject(new Error("Thrown by the test")));
  },
  "onConnect with a Response that can't be sent": (server) => {
    server.onConnect(() =>
      new Response("x", { headers: { connection: "close" } })
    );
  },
};

for (const [name, fail] of Object.entries(FAULTS)) {
  Deno.test(`The error of ${name} is printed once without onError, and not with one`, async () => {
    for (const hasOnError of [false, true]) {
      using log = printed();
      const server = newServer(0, "", HOST);
      fail(server);
      const errors = hasOnError ? errorsOf(server) : new Log<unknown>();
      await using served = await serve(server);
      const answer = await ask(served.port, "/");
      assert(answer.startsWith("HTTP/1.1 500 "), answer);
      await served[Symbol.asyncDispose]();
      assertEquals(log.items.length, hasOnError ? 0 : 1);
      assertEquals(errors.items.length, hasOnError ? 1 : 0);
      if (!hasOnError) {
        assert(`${log.items[0][0]}`.startsWith("Uncaught error"));
      }
    }
  });
}

Deno.test("The error of onHttpRequest is printed once without onError, and not with one", async () => {
  const faults: ServerOptions["onHttpRequest"][] = [
    () => {
      throw new Error("Thrown by the test");
    },
    () => Promise.reject(new Error("Thrown by the test")),
    () => new Response("x", { headers: { connection: "close" } }),
  ];
  for (const onHttpRequest of faults) {
    for (const hasOnError of [false, true]) {
      using log = printed();
      const server = newServer(0, "", { ...HOST, onHttpRequest });
      const errors = hasOnError ? errorsOf(server) : new Log<unknown>();
      await using served = await serve(server);
      const page = await fetch(`http://127.0.0.1:${served.port}/`);
      assertEquals([page.status, await page.text()], [500, "Internal error\n"]);
      await served[Symbol.asyncDispose]();
      assertEquals(log.items.length, hasOnError ? 0 : 1);
      assertEquals(errors.items.length, hasOnError ? 1 : 0);
    }
  }
});

Deno.test("handleUpgrade() prints the error of onConnect without onError", async () => {
  using log = printed();
  const server = newServer(0);
  const thrown = new Error("Thrown by the test");
  server.onConnect(() => Promise.reject(thrown));
  await using http = Deno.serve(
    { ...HOST, port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  await assertRejects(
    () => dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`),
    HandshakeError,
  );
  assertEquals(log.items.length, 1);
  assertStrictEquals(log.items[0][1], thrown);
});

Deno.test("What the peer does wrong is not printed", async () => {
  using log = printed();
  const server = newServer(0, "/chat", HOST);
  await using served = await serve(server);
  assert((await ask(served.port, "/other")).startsWith("HTTP/1.1 404"));
  await served[Symbol.asyncDispose]();
  assertEquals(log.items, []);
});

Deno.test("What an onError callback throws is printed", async () => {
  using log = printed();
  const server = newServer(0, "/chat", HOST);
  server.onError(() => {
    throw new Error("1");
  });
  server.onError(() => Promise.reject(new Error("2")));
  await using served = await serve(server);
  await ask(served.port, "/other");
  await log.have(2);
  assertEquals(log.items.map((args) => args.map(String)), [
    ["Uncaught error in onError:", "Error: 1"],
    ["Uncaught error in onError:", "Error: 2"],
  ]);
});

Deno.test("acceptWebSocket() gives errors of handlers to its caller, and prints none", async () => {
  using log = printed();
  const thrown = new Error("Thrown by the test");
  const fail = () => Promise.reject(thrown);
  for (
    const [options, text] of [
      [{ onRequest: fail }, request("/")],
      [{ onHttpRequest: fail }, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ] as const
  ) {
    const [left, right] = pipe();
    await left.writeString(text);
    const accepting = acceptWebSocket(right, options);
    await left.closeWrite();
    const error = await assertRejects(() => accepting, HandshakeError);
    assertStrictEquals(error.cause, thrown);
    left.close();
  }
  assertEquals(log.items, []);
});

Deno.test("A certificate function that fails is printed if no onError takes it", async () => {
  const failure = new RangeError("Stopped by the test");
  const certificate = () => Promise.reject(failure);
  for (const isTaken of [false, true]) {
    using log = printed();
    const server = newServer(0, "", { ...HOST, certificate });
    const errors = isTaken ? errorsOf(server) : new Log<unknown>();
    await using _server = await serve(server);
    const url = `wss://127.0.0.1:${server.port}/`;
    await assertRejects(() => dialWebSocket(url));
    await until(() => server.stats.handshakesFailed === 1);
    const [found] = isTaken
      ? errors.items
      : log.items.map(([, error]) => error);
    assertEquals(log.items.length, isTaken ? 0 : 1);
    assertInstanceOf(found, Error);
    assertInstanceOf(found.cause, Error);
    assertStrictEquals(found.cause.cause, failure);
  }
});
