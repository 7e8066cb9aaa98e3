import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { responseHead } from "../conformance/_ends.ts";
import { RawPeer, toBytes } from "../conformance/_raw_peer.ts";
import { testAttack } from "./_attack.ts";

type Answer = (request: string, peer: RawPeer) => Promise<void>;

/**
 * Dials a server that answers badly, next to a good connection that has to go
 * on, and returns the error.
 */
async function attack(answer: Answer, timeout?: number): Promise<Error> {
  using good = listenTcp("127.0.0.1:0");
  const accepting = good.accept().then((conn) => acceptWebSocket(conn));
  const client = await dialWebSocket(`ws://127.0.0.1:${good.addr.port}/`);
  const server = await accepting;

  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using peer = new RawPeer(await listener.accept(), "server");
    await answer(await peer.receiveHead(), peer);
    await peer.receiveAll();
  })();
  const error = await assertRejects(
    () =>
      dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`, {
        handshakeTimeout: timeout,
      }),
    Error,
  );
  await serving;

  await server.write("still served");
  assertEquals(await client.read({ timeout: 60_000 }), "still served");
  await Promise.all([client.close(), server.closed]);
  return error;
}

/** Answers with a good response, but for one change. */
function changed(change: (head: string) => string): Answer {
  return async (request, peer) => {
    const head = change(await responseHead(request));
    await peer.send(Uint8Array.from(head, (it) => it.charCodeAt(0)));
  };
}

function withField(field: string): Answer {
  return changed((head) => head.replace("\r\n\r\n", `\r\n${field}\r\n\r\n`));
}

function status(line: string): Answer {
  return (_request, peer) =>
    peer.send(toBytes(`HTTP/1.1 ${line}\r\nLocation: /\r\n\r\nbody`));
}

/** What the server answers, and the status that the error tells. */
const ROWS: Record<string, readonly [answer: Answer, status: number]> = {
  "a wrong Sec-WebSocket-Accept": [
    changed((head) => head.replace(/(Accept: ).*/, "$1AAAA")),
    101,
  ],
  "a subprotocol unasked": [withField("Sec-WebSocket-Protocol: x"), 101],
  "an extension unasked": [
    withField("Sec-WebSocket-Extensions: permessage-deflate"),
    101,
  ],
  "bytes above 0x7f in the subprotocol": [
    withField("Sec-WebSocket-Protocol: \x80\xff"),
    101,
  ],
  "bytes above 0x7f in the extensions": [
    withField("Sec-WebSocket-Extensions: \xff\x80"),
    101,
  ],
  "401": [status("401 Unauthorized"), 401],
  "302": [status("302 Found"), 302],
  "200": [status("200 OK"), 200],
};

for (const [name, [answer, expected]] of Object.entries(ROWS)) {
  testAttack(`a WebSocket client refuses ${name}`, async () => {
    const error = await attack(answer);

    assert(error instanceof HandshakeError, String(error));
    assertEquals(error.status, expected);
  });
}

testAttack("a WebSocket client refuses endless header fields", async () => {
  const line = toBytes(`A: ${"b".repeat(500)}\r\n`);
  const error = await attack(async (_request, peer) => {
    await peer.send(toBytes("HTTP/1.1 101 Switching Protocols\r\n"));
    for (let index = 0; index < 1000; index++) await peer.send(line);
  });

  assert(error instanceof HandshakeError, String(error));
});

testAttack("a WebSocket client refuses endless interim responses", async () => {
  const interim = toBytes("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
  const error = await attack(async (_request, peer) => {
    for (let index = 0; index < 2000; index++) await peer.send(interim);
  });

  assert(error instanceof HandshakeError, String(error));
});

testAttack(
  "a WebSocket client gives up at its limit when no reply comes",
  async () => {
    const error = await attack(() => Promise.resolve(), 30);

    assertEquals(error.name, "TimeoutError");
  },
);

testAttack(
  "a WebSocket client gives up at its limit when the reply drips",
  async () => {
    const error = await attack(async (request, peer) => {
      for (const byte of toBytes(await responseHead(request))) {
        await peer.send(Uint8Array.of(byte));
        await delay(2);
      }
    }, 60);

    assertEquals(error.name, "TimeoutError");
  },
);
