import { assert, assertEquals, assertRejects } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import type { DeflateOptions } from "../../websocket/deflate/_deflate_negotiation.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { openEnds } from "../conformance/_ends.ts";
import { CLOSE, closeBytes, PONG, TEXT } from "../conformance/_raw_peer.ts";

const NAME = "permessage-deflate";
const TAKEOVERS: Record<string, DeflateOptions> = {
  "with context takeover": {},
  "without context takeover": {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
  },
};

for (const [how, options] of Object.entries(TAKEOVERS)) {
  Deno.test(`both sides compress, ${how}`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const deflate = { ...options, threshold: 10 };
    const accepting = listener.accept().then((conn) =>
      acceptWebSocket(conn, { deflate })
    );
    await using client = await dialWebSocket(
      `ws://127.0.0.1:${listener.addr.port}/`,
      { deflate },
    );
    await using server = await accepting;
    assert(client.extensions.startsWith(NAME));
    assertEquals(client.extensions, server.extensions);
    const noise = crypto.getRandomValues(new Uint8Array(50_000));
    const messages = ["short", "", "é".repeat(40_000), noise, "x", "y"];

    for (const [from, to] of [[client, server], [server, client]]) {
      const writing = Promise.all(messages.map((it) => from.write(it)));
      for (const message of messages) assertEquals(await to.read(), message);
      await writing;
      assertEquals(from.bufferedBytes, 0);
    }
  });
}

for (const side of ["server", "client"] as const) {
  const bomb = deflateRawSync(new Uint8Array(20_000_000));
  const peerExtensions = NAME;

  for (const takeover of Object.keys(TAKEOVERS)) {
    const extensions = takeover.startsWith("without")
      ? `${NAME}; server_no_context_takeover; client_no_context_takeover`
      : NAME;
    for (const behind of ["", ", with a bad block behind"]) {
      Deno.test(`a ${side} stops a deflate bomb at maxMessageSize, ${takeover}${behind}`, async () => {
        using ends = await openEnds(side, "tcp", {
          deflate: TAKEOVERS[takeover],
          peerExtensions: extensions,
        });
        const { socket, peer } = ends;
        const reading = assertRejects(() => socket.read(), ProtocolError);
        const payload = behind === ""
          ? bomb
          : Uint8Array.from([...bomb, 7, 7, 7, 7, 7]);
        await peer.sendFrame(TEXT, payload, { rsv: 4 });

        const frame = await peer.receive();
        assertEquals(frame?.payload.subarray(0, 2), closeBytes(1009));
        peer.close();
        assertEquals((await reading).closeCode, 1009);
        assertEquals((await socket.closed).code, 1009);
      });
    }
  }

  Deno.test(`a ${side} fails with 1007 on data that do not inflate`, async () => {
    for (const payload of [Uint8Array.of(7, 7, 7), new Uint8Array(0)]) {
      using ends = await openEnds(side, "tcp", {
        deflate: true,
        peerExtensions,
      });
      await ends.peer.sendFrame(TEXT, payload, { rsv: 4 });
      const frame = await ends.peer.receive();
      assertEquals(frame?.payload.subarray(0, 2), closeBytes(1007));
    }
  });

  Deno.test(`a ${side} without compression fails a compressed message with 1002`, async () => {
    using ends = await openEnds(side, "tcp");
    await ends.peer.sendFrame(TEXT, bomb.subarray(0, 10), { rsv: 4 });

    const frame = await ends.peer.receive();
    assertEquals(frame?.payload.subarray(0, 2), closeBytes(1002));
  });

  Deno.test(`a ${side} sends messages below the threshold as they are`, async () => {
    using ends = await openEnds(side, "tcp", {
      deflate: { threshold: 5 },
      peerExtensions,
    });
    await ends.socket.write("1234");
    await ends.socket.write("12345");

    assertEquals((await ends.peer.receive())?.rsv, 0);
    assertEquals((await ends.peer.receive())?.rsv, 4);
  });

  Deno.test(`a ${side}'s write() settles with its own message, whatever goes out before it`, async () => {
    using ends = await openEnds(side, "tcp", {
      deflate: true,
      peerExtensions,
    });
    const { socket, peer } = ends;
    const noise = crypto.getRandomValues(new Uint8Array(65_536));
    let atSettling = -1;
    const written = socket.write(noise).then(() => {
      atSettling = socket.bufferedBytes;
    });
    await socket.pong();
    assertEquals((await peer.receive())?.opcode, PONG);
    assertEquals((await peer.receive())?.rsv, 4);

    await written;
    assertEquals(atSettling, 0);
  });

  Deno.test(`a ${side}'s close frame goes out behind messages that are compressed`, async () => {
    using ends = await openEnds(side, "tcp", {
      deflate: { threshold: 0 },
      peerExtensions,
    });
    const { socket, peer } = ends;
    const messages = ["x".repeat(100_000), "", "end"];
    const written = Promise.all(messages.map((it) => socket.write(it)));
    const closing = socket.close();
    for (const _ of messages) assertEquals((await peer.receive())?.rsv, 4);
    assertEquals((await peer.receive())?.opcode, CLOSE);
    await peer.sendFrame(CLOSE, closeBytes(1000));
    peer.close();

    await written;
    assertEquals((await closing).wasClean, true);
  });

  Deno.test(`a ${side} may be cut while it compresses`, async () => {
    using ends = await openEnds(side, "tcp", {
      deflate: true,
      peerExtensions,
    });
    const { socket } = ends;
    const written = socket.write("x".repeat(1_000_000));
    socket.terminate();

    await assertRejects(() => written);
    assertEquals((await socket.closed).code, 1006);
  });
}
