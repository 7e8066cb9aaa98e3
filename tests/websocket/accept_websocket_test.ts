import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { pipe } from "../../tcp/pipe.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../websocket/accept_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { requestHead } from "../conformance/_ends.ts";
import { RawPeer, TEXT, toBytes } from "../conformance/_raw_peer.ts";

/** What came of a request: the whole answer, and what the server got. */
interface Outcome {
  readonly answer: string;
  readonly error: unknown;
}

/** Sends a request that is refused, and reads the whole answer. */
async function refused(
  request: string | Uint8Array,
  options: AcceptWebSocketOptions = {},
): Promise<Outcome> {
  const [left, right] = pipe();
  const peer = new RawPeer(right, "client");
  const accepting = acceptWebSocket(left, options).then(
    (socket) => {
      socket.terminate();
      return "accepted";
    },
    (error) => error,
  );
  const sending = peer.send(toBytes(request));
  const answer = await peer.receiveAll();
  peer.close();
  await sending;
  const outcome = { answer, error: await accepting };
  assertEquals(left.state, "closed");
  return outcome;
}

/** Checks a refusal: a whole response, and the status for the server. */
function assertRefused({ answer, error }: Outcome, status: number): void {
  const [head, body] = answer.split("\r\n\r\n");
  assert(answer.startsWith(`HTTP/1.1 ${status} `), answer);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  assertEquals(Number(length), body.length);
  assert(/^connection: .*close/im.test(head), head);
  assert(error instanceof HandshakeError, String(error));
  assertEquals(error.status, status);
}

/** Opens a WebSocket over a pipe with the library's server. */
async function accepted(
  fields: string,
  options: AcceptWebSocketOptions,
): Promise<{ head: string; socket: WebSocketConn; peer: RawPeer }> {
  const [left, right] = pipe();
  const peer = new RawPeer(right, "client");
  await peer.send(toBytes(requestHead(fields)));
  const socket = await acceptWebSocket(left, options);
  return { head: await peer.receiveHead(), socket, peer };
}

const GOOD = requestHead();

/** Requests that break a rule, and the status for each. */
const REFUSED: ReadonlyArray<
  readonly [name: string, request: string, status: number]
> = [
  [
    "a request that is no WebSocket's",
    "GET /path HTTP/1.1\r\nHost: x\r\n\r\n",
    426,
  ],
  ["Upgrade: h2c", GOOD.replace(": websocket", ": h2c"), 426],
  ["no Connection", GOOD.replace("Connection: Upgrade\r\n", ""), 400],
  ["no key", GOOD.replace(/Sec-WebSocket-Key.*\r\n/, ""), 400],
  ["the key dummy", GOOD.replace(/(Key: ).*/, "$1dummy"), 400],
  ["a key of 1 KiB", GOOD.replace(/(Key: ).*/, `$1${"A".repeat(1024)}`), 400],
  ["two keys", GOOD.replace(/(Sec-WebSocket-Key.*\r\n)/, "$1$1"), 400],
  ["POST", GOOD.replace("GET", "POST"), 400],
  ["HTTP/1.0", GOOD.replace("HTTP/1.1", "HTTP/1.0"), 400],
  ["HTTP/2.0", GOOD.replace("HTTP/1.1", "HTTP/2.0"), 505],
  ["version 8", GOOD.replace("Version: 13", "Version: 8"), 426],
  ["no version", GOOD.replace(/Sec-WebSocket-Version.*\r\n/, ""), 426],
  ["no Host", GOOD.replace("Host: localhost\r\n", ""), 400],
  ["another path", GOOD.replace("/path", "/other"), 404],
  ["a strange origin", requestHead("Origin: https://evil.example\r\n"), 403],
  ["the origin null", requestHead("Origin: null\r\n"), 403],
  ["101 fields", requestHead("X: y\r\n".repeat(101)), 431],
  ["a field of 20 KB", requestHead(`X: ${"y".repeat(20_000)}\r\n`), 431],
  ["a path of 64 KiB", GOOD.replace("/path", `/${"p".repeat(65536)}`), 400],
  ["a lone line feed", GOOD.replaceAll("\r\n", "\n"), 400],
  ["a NUL", `\0${GOOD}`, 400],
];

for (const [name, request, status] of REFUSED) {
  Deno.test(`acceptWebSocket() refuses ${name} with ${status}`, async () => {
    const outcome = await refused(request, { route: "/path" });

    assertRefused(outcome, status);
    if (status === 426) {
      assert(/^sec-websocket-version: 13$/im.test(outcome.answer));
      assert(/^upgrade: websocket$/im.test(outcome.answer));
    }
  });
}

Deno.test("acceptWebSocket() takes subprotocols, headers and origins as asked", async () => {
  const { head, socket, peer } = await accepted(
    "Origin: https://good.example\r\nSec-WebSocket-Protocol: a, b\r\n",
    {
      protocols: ["c", "b", "a"],
      allowedOrigins: ["https://good.example"],
      headers: { "x-further": "yes" },
    },
  );

  assert(head.startsWith("HTTP/1.1 101 "));
  assert(/^sec-websocket-protocol: a$/im.test(head));
  assert(/^x-further: yes$/im.test(head));
  assert(!/^sec-websocket-extensions/im.test(head));
  assertEquals(socket.protocol, "a");
  socket.terminate();
  peer.close();
});

Deno.test("acceptWebSocket() tells onRequest what was asked", async () => {
  const seen: unknown[] = [];
  const { socket, peer } = await accepted(
    "Sec-WebSocket-Protocol: a, b\r\nCookie: id=1\r\n",
    {
      onRequest({ resourceName, key, origin, protocols, headers }) {
        seen.push(resourceName, key, origin, protocols, headers.get("cookie"));
      },
    },
  );

  assertEquals(seen, [
    "/path",
    "dGhlIHNhbXBsZSBub25jZQ==",
    undefined,
    ["a", "b"],
    "id=1",
  ]);
  socket.terminate();
  peer.close();
});

Deno.test("acceptWebSocket() refuses as onRequest decides", async () => {
  assertRefused(await refused(GOOD, { onRequest: () => false }), 403);
  assertRefused(
    await refused(GOOD, { onRequest: () => Promise.resolve(429) }),
    429,
  );
  const outcome = await refused(GOOD, {
    onRequest: () =>
      new Response("Who are you?", {
        status: 401,
        headers: { "www-authenticate": "Basic" },
      }),
  });
  assertRefused(outcome, 401);
  assert(/^www-authenticate: Basic$/im.test(outcome.answer));
  assert(outcome.answer.endsWith("\r\n\r\nWho are you?"));
});

Deno.test("acceptWebSocket() answers 500 when onRequest fails", async () => {
  const cause = new RangeError("Made by the test");
  const outcome = await refused(GOOD, {
    onRequest() {
      throw cause;
    },
  });

  assertRefused(outcome, 500);
  assertEquals((outcome.error as Error).cause, cause);
  assert(!outcome.answer.includes("Made by the test"));
});

Deno.test("acceptWebSocket() closes a silent connection at handshakeTimeout", async () => {
  const { answer, error } = await refused("", { handshakeTimeout: 10 });

  assertEquals(answer, "");
  assert(error instanceof DOMException);
  assertEquals(error.name, "TimeoutError");
});

Deno.test("acceptWebSocket() closes a connection of a byte now and then at handshakeTimeout", async () => {
  const [left, right] = pipe();
  const dripping = (async () => {
    try {
      for (const byte of toBytes(GOOD)) {
        await right.write(Uint8Array.of(byte));
        await delay(3);
      }
    } catch {
      // Closed, as it should be.
    }
  })();
  const error = await assertRejects(
    () => acceptWebSocket(left, { handshakeTimeout: 50 }),
    DOMException,
  );

  assertEquals(error.name, "TimeoutError");
  right.close();
  await dripping;
});

Deno.test("acceptWebSocket() stops waiting for onRequest at handshakeTimeout", async () => {
  const watchdog = Promise.withResolvers<void>();
  const timer = setTimeout(watchdog.resolve, 60_000);
  const { error } = await refused(GOOD, {
    handshakeTimeout: 10,
    onRequest: () => watchdog.promise,
  });
  clearTimeout(timer);

  assert(error instanceof DOMException, String(error));
  assertEquals(error.name, "TimeoutError");
});

Deno.test("acceptWebSocket() rejects with the reason of its signal at each stage", async () => {
  const reason = new RangeError("Stopped by the test");
  const before = await refused(GOOD, { signal: AbortSignal.abort(reason) });
  assertEquals(before, { answer: "", error: reason });

  const waiting = new AbortController();
  const outcome = refused("GET / HT", { signal: waiting.signal });
  waiting.abort(reason);
  assertEquals(await outcome, { answer: "", error: reason });

  const deciding = new AbortController();
  const watchdog = Promise.withResolvers<void>();
  const timer = setTimeout(watchdog.resolve, 60_000);
  let hasWaited = false;
  const { error } = await refused(GOOD, {
    signal: deciding.signal,
    async onRequest() {
      deciding.abort(reason);
      await watchdog.promise;
      hasWaited = true;
    },
  });
  clearTimeout(timer);
  assertEquals(error, reason);
  assert(!hasWaited, "It waited for onRequest");

  const after = new AbortController();
  const { socket, peer } = await accepted("", { signal: after.signal });
  after.abort(reason);
  await peer.sendFrame(TEXT, "still open");
  assertEquals(await socket.read(), "still open");
  socket.terminate();
  peer.close();
});

Deno.test("acceptWebSocket() rejects a client that leaves", async () => {
  const { error } = await (async () => {
    const [left, right] = pipe();
    await right.write(toBytes("GET / HT"));
    right.close();
    return await acceptWebSocket(left).then(
      () => ({ error: undefined }),
      (error) => ({ error }),
    );
  })();

  assert(error instanceof Deno.errors.UnexpectedEof, String(error));
});

const WRONG: readonly AcceptWebSocketOptions[] = [
  { maxMessageSize: -1 },
  { maxFragments: 0.5 },
  { pingInterval: -1 },
  { pongTimeout: NaN },
  { closeTimeout: -1 },
  { handshakeTimeout: NaN },
  { maxBufferedBytes: NaN },
  { deflate: { serverMaxWindowBits: 7 } },
];

for (const options of WRONG) {
  const [name] = Object.keys(options);
  Deno.test(`acceptWebSocket() refuses a wrong ${name} and leaves nothing open`, async () => {
    const { answer, error } = await refused(GOOD, options);

    assert(error instanceof RangeError, String(error));
    assertEquals(answer, "");
  });
}

Deno.test("acceptWebSocket() declines what it can't make of offered extensions", async () => {
  for (
    const offer of [
      "permessage-deflate; unknown",
      "permessage-deflate; server_max_window_bits=16",
      "x-webkit-deflate-frame",
      "permessage-deflate; ;",
      '="',
    ]
  ) {
    const { head, socket, peer } = await accepted(
      `Sec-WebSocket-Extensions: ${offer}\r\n`,
      { deflate: true },
    );
    assert(head.startsWith("HTTP/1.1 101 "), offer);
    assert(!/^sec-websocket-extensions/im.test(head), offer);
    socket.terminate();
    peer.close();
  }
});
