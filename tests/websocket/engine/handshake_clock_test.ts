import { assert, assertEquals, assertRejects } from "@std/assert";
import { readAll } from "@vnet/net/tcp";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  HandshakeError,
  newServer,
} from "@vnet/net/websocket";
import { request } from "../support/_servers.ts";

const HOUR = 3_600_000;
const PAGE = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A clock that is set forth or back when the test says so. */
function wallClock(): { step: number } & Disposable {
  const { now } = Date;
  const clock = {
    step: 0,
    [Symbol.dispose]() {
      Date.now = now;
    },
  };
  Date.now = () => now() + clock.step;
  return clock;
}

Deno.test("A clock that steps back does not prolong the time of a page", async () => {
  using clock = wallClock();
  const [left, right] = pipe();
  await left.writeString(PAGE);
  // It is more than a pipe holds, and nobody reads it.
  const accepting = acceptWebSocket(right, {
    handshakeTimeout: 50,
    onHttpRequest() {
      clock.step = -HOUR;
      return new Response(new Uint8Array(4 * 1024 * 1024));
    },
  });
  const error = await assertRejects(() => accepting, HandshakeError);
  assertEquals(error.status, 200);
  assertEquals(right.state, "closed");
  // Nobody takes the page, so that the connection is cut.
  await right.closed;
  left.close();
});

Deno.test("A clock that steps back does not prolong the time of a refusal or a decision", async () => {
  for (const decision of [403, new Promise<number>(() => {})]) {
    using clock = wallClock();
    const [left, right] = pipe();
    await left.writeString(request("/"));
    // The client neither reads on nor ends.
    const accepting = acceptWebSocket(right, {
      handshakeTimeout: 50,
      onRequest() {
        clock.step = -HOUR;
        return decision;
      },
    });
    await assertRejects(() => accepting);
    assertEquals(right.state, "closed");
    left.close();
  }
});

Deno.test("A clock that steps back does not prolong the time of a server's page", async () => {
  using clock = wallClock();
  const server = newServer(0, "", {
    handshakeTimeout: 50,
    onHttpRequest() {
      clock.step = -HOUR;
      return new Response(new Uint8Array(4 * 1024 * 1024));
    },
  });
  const [left, right] = pipe();
  await left.writeString(PAGE);
  await assertRejects(() => server.handleHandshake(right), HandshakeError);
  assertEquals(right.state, "closed");
  left.close();
});

Deno.test("A clock that steps forth cuts nobody short", async () => {
  using clock = wallClock();
  const [left, right] = pipe();
  await left.writeString(PAGE);
  const accepting = acceptWebSocket(right, {
    onHttpRequest() {
      clock.step += HOUR;
      return new Response("x".repeat(1024 * 1024));
    },
  });
  const refused = assertRejects(() => accepting, HandshakeError);
  await left.closeWrite();
  const page = new TextDecoder().decode(await readAll(left));
  assert(page.startsWith("HTTP/1.1 200 OK\r\n"));
  assert(page.endsWith("x".repeat(1000)));
  await refused;
  left.close();

  const [client, conn] = pipe();
  await client.writeString(request("/"));
  const socket = await acceptWebSocket(conn, {
    onRequest() {
      clock.step += HOUR;
    },
  });
  assertEquals(socket.state, 1);
  socket.terminate();
  client.close();
});
