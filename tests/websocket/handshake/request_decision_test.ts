import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  dialWebSocket,
  HandshakeError,
  newServer,
  type RequestDecision,
  type Server,
} from "@vnet/net/websocket";
import {
  checkDecision,
  headersFor,
  isAcceptance,
} from "../../../websocket/handshake/_request_decision.ts";
import { Log, request, serve } from "../support/_servers.ts";
import { listenTcp } from "@vnet/net/tcp";

const HOST = { hostname: "127.0.0.1" };

/** What a program may say that is no decision. */
const BAD: readonly unknown[] = [
  null,
  "yes",
  {},
  1n,
  () => {},
  42,
  101,
  600,
  200.5,
  NaN,
  Response.error(),
  { headers: { upgrade: "h2c" } },
  { headers: { "x-a": "\x01" } },
  { headers: null },
];

Deno.test("checkDecision() refuses what can't be answered", () => {
  for (const bad of BAD) {
    const check = () => checkDecision(bad as RequestDecision);
    const error = assertThrows(check, Error, "", Deno.inspect(bad));
    assert(error instanceof TypeError || error instanceof RangeError);
  }
  const good: [RequestDecision, boolean][] = [
    [undefined, true],
    [true, true],
    [{ headers: {} }, true],
    [{ headers: [["set-cookie", "a"]] }, true],
    [false, false],
    [200, false],
    [599, false],
    [new Response(), false],
  ];
  for (const [decision, isGood] of good) {
    assertEquals(isAcceptance(checkDecision(decision)), isGood);
  }
});

Deno.test("headersFor() prefers the fields of one client, and keeps all cookies", () => {
  const shared = [["x-a", "1"], ["x-b", "2"], ["set-cookie", "a=1"]] as [
    string,
    string,
  ][];
  const own = new Headers({ "X-B": "3" });
  own.append("set-cookie", "b=2");
  own.append("set-cookie", "c=3");
  assertEquals([...new Headers(headersFor(shared, { headers: own }))], [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["set-cookie", "c=3"],
    ["x-a", "1"],
    ["x-b", "3"],
  ]);
  assertEquals(headersFor(shared, undefined), shared);
  assertEquals(headersFor(undefined, true), undefined);
});

/** Lets a server of a kind accept, and runs with its URL. */
type Way = (
  decide: () => RequestDecision | Promise<RequestDecision>,
  run: (url: string) => Promise<void>,
) => Promise<void>;

async function withServer(
  decide: () => RequestDecision | Promise<RequestDecision>,
  run: (server: Server) => Promise<void>,
): Promise<void> {
  const headers = { "x-served-by": "test", "set-cookie": "all=1" };
  const server = newServer(0, "", { ...HOST, headers });
  server.onConnect(decide);
  server.onError(() => {});
  await run(server);
}

const WAYS: Record<string, Way> = {
  "newServer()": (decide, run) =>
    withServer(decide, async (server) => {
      await using served = await serve(server);
      await run(served.url);
    }),
  "handleUpgrade()": (decide, run) =>
    withServer(decide, async (server) => {
      await using http = Deno.serve(
        { ...HOST, port: 0, onListen: () => {} },
        (request, info) => server.handleUpgrade(request, info),
      );
      await run(`ws://127.0.0.1:${http.addr.port}/`);
      await server.close();
    }),
  "acceptWebSocket()": async (decide, run) => {
    using listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      const headers = { "x-served-by": "test", "set-cookie": "all=1" };
      const options = { headers, onRequest: decide };
      const socket = await acceptWebSocket(conn, options).catch(() => {});
      await socket?.closed;
    });
    await run(`ws://127.0.0.1:${listener.addr.port}/`);
    listener.close();
    await serving;
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  Deno.test(`${name} sends header fields for one client`, async () => {
    let count = 0;
    const decide = () => {
      const headers = new Headers({ "x-number": `${++count}` });
      headers.append("set-cookie", "session=1; Path=/");
      headers.append("set-cookie", "theme=dark");
      return count === 1 ? { headers } : Promise.resolve({ headers });
    };
    await way(decide, async (url) => {
      for (const number of ["1", "2"]) {
        const client = await dialWebSocket(url);
        const { headers } = client;
        assertEquals(headers.get("x-number"), number);
        assertEquals(headers.get("x-served-by"), "test");
        assertEquals(headers.getSetCookie(), [
          "all=1",
          "session=1; Path=/",
          "theme=dark",
        ]);
        await client.close();
      }
    });
  });

  Deno.test(`${name} answers 500 to a decision that is none`, async () => {
    let decision: unknown;
    await way(() => decision as RequestDecision, async (url) => {
      for (decision of BAD) {
        const error = await assertRejects(
          () => dialWebSocket(url),
          HandshakeError,
        );
        assertEquals(error.status, 500, Deno.inspect(decision));
      }
      decision = 204;
      const empty = await assertRejects(
        () => dialWebSocket(url),
        HandshakeError,
      );
      assertEquals([empty.status, empty.body], [204, undefined]);
    });
  });
}

Deno.test("A decision that is none reaches onError, or the caller", async () => {
  const server = newServer(0, "", HOST);
  server.onConnect(() => "yes" as unknown as boolean);
  const errors = new Log<unknown>();
  server.onError((_ws, error) => errors.add(error));
  await using served = await serve(server);
  await assertRejects(() => dialWebSocket(served.url), HandshakeError);
  await served[Symbol.asyncDispose]();
  assertEquals(errors.items.map(String), [
    "TypeError: Cannot answer a request with a value of type string: expected a boolean, a status, a Response or { headers }",
  ]);

  const [left, right] = pipe();
  await left.writeString(request("/"));
  const accepting = acceptWebSocket(right, { onRequest: () => 42 });
  await left.closeWrite();
  const error = await assertRejects(() => accepting, HandshakeError);
  assertEquals(error.status, 500);
  assertInstanceOf(error.cause, RangeError);
  left.close();
});

Deno.test("A refusal whose body can't be read is a 500", async () => {
  const used = new Response("x");
  await used.bytes();
  const [left, right] = pipe();
  await left.writeString(request("/"));
  const accepting = acceptWebSocket(right, { onRequest: () => used });
  await left.closeWrite();
  const error = await assertRejects(() => accepting, HandshakeError);
  assertEquals(error.status, 500);
  assertInstanceOf(error.cause, TypeError);
  left.close();
});

for (
  const [what, makeOptions] of [
    ["a refusal", (body: Response) => ({ onRequest: () => body })],
    ["a page", (body: Response) => ({ onHttpRequest: () => body })],
  ] as const
) {
  Deno.test(`The body of ${what} that never ends is cancelled at the limit`, async () => {
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream({
      pull: () => begun.resolve(),
      cancel: () => cancelled.resolve(),
    }, { highWaterMark: 0 });
    const [left, right] = pipe();
    const isPage = what === "a page";
    await left.writeString(
      isPage ? "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" : request("/"),
    );
    const accepting = acceptWebSocket(right, {
      ...makeOptions(new Response(body)),
      signal: stop.signal,
    });
    await begun.promise;
    stop.abort(new RangeError("Stopped by the test"));
    await assertRejects(() => accepting, RangeError);
    await cancelled.promise;
    left.close();
  });
}
