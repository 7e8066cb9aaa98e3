import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { pipe } from "../../../tcp/pipe.ts";
import { readAll } from "../../../tcp/read_all.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import type { HttpRequest } from "../../../websocket/mod.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { request } from "../support/_servers.ts";

/** Sends a request, and returns the answer and what the server was told. */
async function exchange(
  request: string,
  handler: (request: HttpRequest) => Response | Promise<Response>,
): Promise<{ answer: string; error: unknown }> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) =>
    acceptWebSocket(conn, { route: "/ws", onHttpRequest: handler })
  );
  const outcome = accepting.then(() => undefined, (error: unknown) => error);
  using conn = await dialTcp(listener.addr);
  await conn.writeString(request);
  const answer = new TextDecoder().decode(await readAll(conn));
  conn.close();
  return { answer, error: await outcome };
}

Deno.test("acceptWebSocket() lets onHttpRequest answer what asks for no WebSocket", async () => {
  let seen: HttpRequest | undefined;
  const { answer, error } = await exchange(
    "GET /page?x=1 HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\n\r\n",
    (request) => {
      seen = request;
      return new Response("你好", { headers: { "content-type": "text/html" } });
    },
  );
  assertEquals(
    answer,
    [
      "HTTP/1.1 200 OK",
      "content-type: text/html",
      "content-length: 6",
      "connection: close",
      "",
      "你好",
    ].join("\r\n"),
  );
  assertEquals([seen?.method, seen?.target, seen?.path], [
    "GET",
    "/page?x=1",
    "/page",
  ]);
  assertEquals(seen?.headers.get("x-own"), "1");
  assertEquals(error instanceof HandshakeError && error.status, 200);
});

Deno.test("acceptWebSocket() sends no body for HEAD, 204 and 304", async () => {
  const head = await exchange(
    "HEAD / HTTP/1.0\r\n\r\n",
    () => new Response("hello"),
  );
  assertMatch(
    head.answer,
    /^HTTP\/1\.1 200 OK\r\n.*content-length: 5\r\n.*\r\n\r\n$/s,
  );
  for (const status of [204, 304]) {
    const { answer } = await exchange(
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      () => new Response(null, { status, headers: { etag: '"1"' } }),
    );
    assertMatch(answer, new RegExp(`^HTTP/1.1 ${status} .*\r\n\r\n$`, "s"));
    assertEquals(answer.includes("content-length"), false);
  }
});

Deno.test("acceptWebSocket() answers 500 if onHttpRequest throws, and 400 to a body", async () => {
  const thrown = new RangeError("Thrown by the test");
  const broken = await exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", () => {
    throw thrown;
  });
  assertMatch(broken.answer, /^HTTP\/1\.1 500 /);
  assertEquals((broken.error as Error).cause, thrown);
  const body = await exchange(
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    () => new Response(),
  );
  assertMatch(body.answer, /^HTTP\/1\.1 400 /);
});

Deno.test("acceptWebSocket() answers 500 for a Response that can't be sent", async () => {
  const responses = [
    () => Response.error(),
    () => new Response("a", { headers: { "content-length": "1" } }),
    () => new Response("a", { headers: { "x-a": "\x01" } }),
  ];
  for (const handler of responses) {
    const { answer, error } = await exchange("GET / HTTP/1.1\r\n\r\n", handler);
    assertMatch(answer, /^HTTP\/1\.1 500 .*\r\n\r\nInternal error\n$/s);
    assert(error instanceof HandshakeError && error.cause instanceof Error);
  }
});

Deno.test("acceptWebSocket() gives up an answer or a refusal whose body has no end", async () => {
  const requests = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    request("/"),
  ];
  for (const text of requests) {
    // Without an end, it would never come to the limit.
    let chunks = 0;
    const answer = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            if (chunks++ < 100_000) controller.enqueue(new Uint8Array(1));
            else controller.error(new Error("No timer has fired"));
          },
        }),
        { status: 403 },
      );
    const [left, right] = pipe();
    await left.writeString(text);
    const error = await assertRejects(() =>
      acceptWebSocket(right, {
        onHttpRequest: answer,
        onRequest: answer,
        handshakeTimeout: 5,
      })
    );
    assertInstanceOf(error, DOMException);
    assertEquals(error.name, "TimeoutError");
    assert(chunks < 100_000);
    left.terminate();
  }
});
