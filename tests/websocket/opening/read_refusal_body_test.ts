import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  dialWebSocket,
  type DialWebSocketOptions,
  HandshakeError,
  newClient,
  newServer,
} from "@vnet/net/websocket";
import { pipe } from "@vnet/net/testing";
import { readRefusalBody } from "../../../websocket/opening/_read_refusal_body.ts";
import { RawPeer, toBytes } from "../../conformance/_raw_peer.ts";
import { serve } from "../support/_servers.ts";
import { type Fields, response } from "../support/_heads.ts";

/** Reads the body of a response whose peer leaves the connection open. */
async function read(
  fields: Fields,
  text: string,
  timeout: number,
): Promise<string | undefined> {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await right.writeString(text);
  const head = response(fields, "HTTP/1.1 401 No");
  return await readRefusalBody(left, head, { timeout });
}

Deno.test("readRefusalBody() stops at the end of the body, or at a limit", async () => {
  const fields = { "Content-Length": "5" };
  assertEquals(await read(fields, "hello", Infinity), "hello");
  assertEquals(await read(fields, "he", 1), "he");
  assertEquals(await read(fields, "", 0), undefined);
});

/** Runs a server that answers by hand and leaves the connection open. */
async function failing(
  answer: string,
  options: DialWebSocketOptions = {},
): Promise<HandshakeError> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    const peer = new RawPeer(conn, "server");
    await peer.receiveHead();
    await peer.send(toBytes(answer));
    // The client ends it.
    await peer.receiveAll();
  })();
  const url = `127.0.0.1:${listener.addr.port}`;
  const error = await assertRejects(
    () =>
      options.proxyUrl === undefined
        ? dialWebSocket(`ws://${url}/`, options)
        : dialWebSocket("ws://a.test/", {
          ...options,
          proxyUrl: `http://${url}`,
        }),
    HandshakeError,
  );
  await serving;
  return error;
}

Deno.test("HandshakeError has the body of a refusal, of a server and of a proxy", async () => {
  const head = "HTTP/1.1 401 No\r\nContent-Length: 7\r\n\r\n";
  for (const proxyUrl of [undefined, "its own"]) {
    const error = await failing(`${head}expired`, { proxyUrl });
    assertEquals([error.status, error.body], [401, "expired"]);
  }
  const moved = await failing(
    "HTTP/1.1 302 No\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" +
      "Transfer-Encoding: chunked\r\n\r\n4\r\nover\r\n0\r\n\r\n",
  );
  assertEquals([moved.status, moved.body], [302, "over"]);
  assertEquals(moved.headers.getSetCookie(), ["a=1", "b=2"]);
});

Deno.test("A body without an end, and a limit, delay the error no further", async () => {
  const endless = await failing("HTTP/1.1 400 No\r\n\r\nno good");
  assertEquals([endless.status, endless.body], [400, "no good"]);
  const late = await failing(
    "HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\nno",
    { handshakeTimeout: 300 },
  );
  assertEquals([late.status, late.body], [400, "no"]);
});

Deno.test("A signal that aborts while the body comes is the error", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const reason = new RangeError("Stopped by the test");
  const dialling = assertRejects(
    () =>
      dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`, {
        signal: stop.signal,
      }),
    RangeError,
  );
  using peer = new RawPeer(await listener.accept(), "server");
  await peer.receiveHead();
  await peer.send(toBytes("HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\nno"));
  stop.abort(reason);
  assertStrictEquals(await dialling, reason);
  assertEquals(await peer.receive(), undefined);
});

Deno.test("A client hears why a server of the package refuses", async () => {
  const server = newServer(0, "/chat", { hostname: "127.0.0.1" });
  server.onConnect(() => new Response("You are banned", { status: 403 }));
  await using served = await serve(server);
  const client = newClient(`${served.url}chat`);
  const banned = await assertRejects(() => client.connect(), HandshakeError);
  assertEquals(banned.body, "You are banned");
  const lost = await assertRejects(
    () => dialWebSocket(`${served.url}other`),
    HandshakeError,
  );
  assertEquals(lost.body, "No WebSocket is served here\n");
});
