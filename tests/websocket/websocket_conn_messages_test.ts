import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  acceptWebSocket,
  ClosedError,
  type DeflateOptions,
  dialWebSocket,
  type IncomingWebSocketMessage,
  OPCode,
  ProtocolError,
  upgradeWebSocket,
  type WebSocketConn,
} from "@vnet/net/websocket";
import { listenTcp } from "@vnet/net/tcp";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { turn } from "../internal/_turn.ts";
import { type EndsOptions, openEnds, PLACES } from "../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  CONTINUATION,
  encode,
  join,
  PING,
  PONG,
  TEXT,
} from "../conformance/_raw_peer.ts";

interface Pair extends AsyncDisposable {
  readonly client: WebSocketConn;
  readonly server: WebSocketConn;
}

async function connect(options: EndsOptions = {}): Promise<Pair> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept();
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  const dialling = dialWebSocket(url, options);
  const conn = await accepting;
  const server = await acceptWebSocket(conn, options);
  const client = await dialling;
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close(), server.close()]);
      await conn.closed;
      await turn();
    },
  };
}

/** Reads a message to its end. */
async function readWhole(
  message: IncomingWebSocketMessage | null,
): Promise<Uint8Array> {
  assert(message !== null);
  return await new Response(message.readable).bytes();
}

async function readText(conn: WebSocketConn): Promise<string> {
  return new TextDecoder().decode(await readWhole(await conn.readMessage()));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** More than `maxMessageSize` allows. */
const LARGE = new Uint8Array(3 * 1024 * 1024).map((_, index) => index * 7);

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`readMessage() gives the pieces of a message of several frames ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const reading = socket.readMessage();
    await peer.sendFrames([
      { opcode: TEXT, payload: "grü", fin: false },
      { opcode: PING, payload: "between" },
      { opcode: CONTINUATION, payload: "", fin: false },
      { opcode: CONTINUATION, payload: "ße", fin: true },
    ]);
    const message = await reading;
    assertEquals(message?.opcode, OPCode.textFrame);
    assertEquals(await readWhole(message), bytesOf("grüße"));
    const pong = await peer.receive();
    assertEquals([pong?.opcode, pong?.payload], [PONG, bytesOf("between")]);
  });

  Deno.test(`readMessage() takes a message that is cut at any byte ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const frames = [
      { opcode: TEXT, payload: "é".repeat(70), fin: false },
      { opcode: CONTINUATION, payload: "€", fin: true },
      { opcode: BINARY, payload: "b".repeat(200) },
    ];
    const sending = peer.sendFrames(frames, 1);
    assertEquals(await readText(socket), "é".repeat(70) + "€");
    assertEquals(await readText(socket), "b".repeat(200));
    await sending;
  });

  Deno.test(`readMessage() is not limited by maxMessageSize, nor by maxFragments ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxFragments: 2 });
    const { socket, peer } = ends;
    const half = LARGE.length / 2;
    const sending = peer.sendFrames([
      { opcode: BINARY, payload: LARGE },
      { opcode: BINARY, payload: LARGE.subarray(0, half), fin: false },
      { opcode: CONTINUATION, fin: false },
      { opcode: CONTINUATION, payload: LARGE.subarray(half) },
    ]);
    for (let count = 0; count < 2; count++) {
      assertEquals(await readWhole(await socket.readMessage()), LARGE);
    }
    await sending;
  });

  Deno.test(`writeMessage() sends a frame for each chunk ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const writer = (await socket.writeMessage(OPCode.textFrame)).getWriter();
    const [first, second] = [
      bytesOf("€").subarray(0, 2),
      bytesOf("€").subarray(2),
    ];
    const written = [
      writer.write(first),
      writer.write(new Uint8Array(0)),
      writer.write(second),
    ];
    const frames = [await peer.receive(), await peer.receive()];
    await socket.pong(bytesOf("between"));
    assertEquals((await peer.receive())?.opcode, PONG);
    await Promise.all([...written, writer.close()]);
    frames.push(await peer.receive());
    assertEquals(frames.map((it) => [it?.opcode, it?.fin, it?.payload]), [
      [TEXT, false, first],
      [CONTINUATION, false, second],
      [CONTINUATION, true, new Uint8Array(0)],
    ]);
    assertEquals(socket.messagesSent, 1);
  });
}

Deno.test("readMessage() gives a message that was queued before", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  await client.write("text");
  await client.write(new Uint8Array([1, 2]));
  // Its pong comes behind them: they are queued by then.
  await client.ping();
  const text = await server.readMessage();
  assertEquals(text?.opcode, OPCode.textFrame);
  assertEquals(await readWhole(text), bytesOf("text"));
  const binary = await server.readMessage();
  assertEquals(binary?.opcode, OPCode.binaryFrame);
  assertEquals(await readWhole(binary), new Uint8Array([1, 2]));
});

Deno.test("readMessage() goes on with a message of which a part has arrived", async () => {
  using ends = await openEnds("server", "pipe", { maxMessageSize: 4 });
  const { socket, peer } = ends;
  await peer.sendFrames([
    { opcode: BINARY, payload: "ab", fin: false },
    { opcode: PING },
  ]);
  await peer.receive();
  const reading = socket.readMessage();
  await peer.sendFrame(CONTINUATION, "cdef");
  assertEquals(await readWhole(await reading), bytesOf("abcdef"));
});

Deno.test("A message over the limit waits for a call in the turn in which it arrives", async () => {
  const large = encode({ opcode: BINARY, payload: LARGE }, true);
  const small = encode({ opcode: TEXT, payload: "header" }, true);
  using ends = await openEnds("server", "tcp", {
    behindHead: join([small, large.subarray(0, 1000)]),
  });
  const { socket, peer } = ends;
  const sending = peer.send(large.subarray(1000));
  assertEquals(await socket.read(), "header");
  assertEquals(await readWhole(await socket.readMessage()), LARGE);
  await sending;
});

Deno.test("A message over the limit is a violation if no call asks for it in pieces", async () => {
  for (const chop of [3, Infinity]) {
    using ends = await openEnds("server", "tcp");
    const { socket, peer } = ends;
    const sending = peer.sendFrames(
      [{ opcode: BINARY, length: LARGE.length, cut: 0 }],
      chop,
    );
    assertEquals((await socket.closed).code, 1009);
    await sending;
  }
});

Deno.test("Messages wait for calls once one was read in pieces", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  const sending = (async () => {
    for (let count = 0; count < 3; count++) {
      await client.write("header");
      await client.write(LARGE);
    }
    await client.close(4000, "done");
  })();
  assertEquals(await readText(server), "header");
  for (let count = 0; count < 3; count++) {
    if (count > 0) {
      assertEquals(await server.read({ timeout: 60_000 }), "header");
    }
    // Nobody asks for the next one for a while.
    await new Promise<void>(afterPoll);
    assertEquals(await readWhole(await server.readMessage()), LARGE);
  }
  assertEquals(await server.readMessage(), null);
  await sending;
});

Deno.test("read() and readMessage() are served in the order asked", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  const first = server.readMessage();
  const second = server.read();
  const third = server.readMessage();
  const sending = Promise.all(
    ["one", "two", "three"].map((it) => client.write(it)),
  );
  assertEquals(await readWhole(await first), bytesOf("one"));
  assertEquals(await second, "two");
  assertEquals(await readWhole(await third), bytesOf("three"));
  await sending;
});

Deno.test("A slow reader of a message stops the peer", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  const writer = (await client.writeMessage(OPCode.binaryFrame)).getWriter();
  let sent = 0;
  const chunk = new Uint8Array(256 * 1024);
  const sending = (async () => {
    while (sent < 200 * chunk.length) {
      await writer.write(chunk);
      sent += chunk.length;
    }
    await writer.close();
  })();
  const message = await server.readMessage();
  // Pongs wait behind what is not read, so a ping tells when that is the case.
  await assertRejects(
    () => client.ping(undefined, { timeout: 300 }),
    DOMException,
  );
  assert(sent < 100 * chunk.length, `${sent} bytes were sent`);
  assertEquals((await readWhole(message)).length, 200 * chunk.length);
  await sending;
});

Deno.test("A cancelled message is skipped", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  const sending = (async () => {
    const stream = await client.writeMessage(OPCode.binaryFrame);
    await ReadableStream.from([LARGE, LARGE]).pipeTo(stream);
    await client.write("behind");
  })();
  const message = await server.readMessage();
  const reader = message?.readable.getReader();
  await reader?.read();
  await reader?.cancel();
  assertEquals(await server.read(), "behind");
  await sending;
});

Deno.test("readMessage() ends at its limits, and loses no message", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  for (const wait of [{ timeout: 0 }, { timeout: 1 }, { deadline: 1 }]) {
    const error = await assertRejects(
      () => server.readMessage(wait),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
  }
  const reason = new RangeError("Stopped by the test");
  await assertRejects(
    () => server.readMessage({ signal: AbortSignal.abort(reason) }),
    RangeError,
  );
  await assertRejects(
    () => server.readMessage({ maxMessageSize: 0 }),
    RangeError,
  );
  await client.write(LARGE);
  assertEquals(
    await readWhole(await server.readMessage({ timeout: 60_000 })),
    LARGE,
  );
});

Deno.test("A message in pieces has a maxMessageSize of its own", async () => {
  for (
    const [limit, deflate] of [[100, false], [100_000, false], [
      100_000,
      true,
    ]] as const
  ) {
    await using pair = await connect({ deflate });
    const { client, server } = pair;
    const sending = client.write(LARGE);
    const message = await server.readMessage({ maxMessageSize: limit });
    await assertRejects(() => readWhole(message), ProtocolError, "too large");
    assertEquals((await client.closed).code, 1009);
    await sending.catch(() => {});
  }
});

Deno.test("Text in pieces is checked across the chunks", async () => {
  for (const payloads of [["a", "\xff"], ["\xe2\x82", "\xac\xe2"]]) {
    using ends = await openEnds("server", "pipe");
    const { socket, peer } = ends;
    const [first, last] = payloads.map((it) =>
      Uint8Array.from(it, (byte) => byte.charCodeAt(0))
    );
    const sending = peer.sendFrames([
      { opcode: TEXT, payload: first, fin: false },
      { opcode: CONTINUATION, payload: last },
    ]);
    const message = await socket.readMessage();
    await assertRejects(() => readWhole(message), ProtocolError, "UTF-8");
    await sending;
    const frame = await peer.receive();
    assertEquals(frame?.opcode, CLOSE);
    assertEquals(frame?.payload.subarray(0, 2), closeBytes(1007));
  }
});

Deno.test("A violation in the middle of a message errors its stream", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  await peer.sendFrame(BINARY, "a", { fin: false });
  const message = await socket.readMessage();
  await peer.sendFrame(BINARY, "another message");
  await assertRejects(() => readWhole(message), ProtocolError, "New message");
  await assertRejects(() => socket.readMessage(), ProtocolError);
});

Deno.test("The end of the connection in the middle of a message errors its stream", async () => {
  for (const how of ["close", "terminate", "lost"] as const) {
    using ends = await openEnds("server", "pipe");
    const { socket, peer } = ends;
    await peer.sendFrame(BINARY, "a", { fin: false });
    const message = await socket.readMessage();
    const next = socket.readMessage();
    next.catch(() => {});
    if (how === "close") await peer.sendFrame(CLOSE, closeBytes(1000));
    else if (how === "lost") peer.close();
    else socket.terminate();
    const kind = how === "terminate" ? ClosedError : Deno.errors.UnexpectedEof;
    await assertRejects(() => readWhole(message), kind);
    if (how === "close") assertEquals(await next, null);
    else await assertRejects(() => next, kind);
  }
});

Deno.test("close() ends the connection though nobody reads the rest of a message", async () => {
  for (const deflate of [false, true]) {
    await using pair = await connect({ deflate });
    const { client, server } = pair;
    const noise = LARGE.map(() => Math.random() * 256);
    const sending = (async () => {
      const writer = (await client.writeMessage(OPCode.binaryFrame))
        .getWriter();
      for (let count = 0; count < 4; count++) await writer.write(noise);
      await writer.close();
      await client.write(LARGE);
    })().catch(() => {});
    const unread = await server.readMessage();
    assert(unread !== null);
    assertEquals((await server.close(4000)).wasClean, true);
    await sending;
  }
});

Deno.test("write() and another writeMessage() wait for the end of a message", async () => {
  for (const sendPolicy of ["wait", "close", "drop"] as const) {
    await using pair = await connect({ sendPolicy });
    const { client, server } = pair;
    const first = (await client.writeMessage(OPCode.textFrame)).getWriter();
    await first.write(bytesOf("one"));
    const written = client.write("two");
    const opening = client.writeMessage(OPCode.textFrame);
    await assertRejects(
      () => client.writeMessage(OPCode.textFrame, { timeout: 1 }),
      DOMException,
    );
    const late = client.write("four");
    await first.close();
    await written;
    const second = (await opening).getWriter();
    await second.write(bytesOf("three"));
    await second.close();
    await late;
    for (const text of ["one", "two", "three", "four"]) {
      assertEquals(await server.read(), text);
    }
  }
});

Deno.test("An aborted message closes the connection, unless nothing was sent", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  await (await client.writeMessage(OPCode.binaryFrame)).abort();
  await client.write("still open");
  assertEquals(await server.read(), "still open");

  const writer = (await client.writeMessage(OPCode.binaryFrame)).getWriter();
  await writer.write(new Uint8Array(1));
  const message = await server.readMessage();
  await writer.abort(new RangeError("Stopped by the test"));
  assertEquals((await server.closed).code, 1011);
  await assertRejects(() => readWhole(message), Deno.errors.UnexpectedEof);
  await assertRejects(
    () => client.writeMessage(OPCode.binaryFrame),
    ClosedError,
  );
});

Deno.test("Text that is not UTF-8 is not sent, and closes the connection", async () => {
  for (const bytes of [[0xff], [0xe2, 0x82]]) {
    await using pair = await connect();
    const writer = (await pair.client.writeMessage(OPCode.textFrame))
      .getWriter();
    await writer.write(bytesOf("good"));
    const writing = writer.write(Uint8Array.from(bytes)).then(() =>
      writer.close()
    );
    await assertRejects(() => writing, TypeError, "UTF-8");
    assertEquals((await pair.server.closed).code, 1011);
    writer.closed.catch(() => {});
  }
});

Deno.test("close() in the middle of a message cuts it off", async () => {
  await using pair = await connect();
  const { client, server } = pair;
  const writer = (await client.writeMessage(OPCode.binaryFrame)).getWriter();
  await writer.write(new Uint8Array(1));
  const waiting = client.write("behind");
  const closing = client.close(4000, "done");
  await assertRejects(() => waiting, ClosedError);
  await assertRejects(() => writer.write(new Uint8Array(1)), ClosedError);
  assertEquals((await closing).wasClean, true);
  assertEquals((await server.closed).code, 4000);
  await assertRejects(() => writer.closed, ClosedError);
});

Deno.test("writeMessage() refuses what is no message and no chunk", async () => {
  await using pair = await connect();
  const { client } = pair;
  const opcode = OPCode.ping as unknown as typeof OPCode.textFrame;
  await assertRejects(() => client.writeMessage(opcode), RangeError);
  const writer = (await client.writeMessage(OPCode.textFrame)).getWriter();
  const chunk = "text" as unknown as Uint8Array;
  await assertRejects(() => writer.write(chunk), TypeError, "string");
  writer.closed.catch(() => {});
  await client.write("another message");
  assertEquals(await pair.server.read(), "another message");
});

const TAKEOVERS: Record<string, DeflateOptions> = {
  "with context takeover": { threshold: 0 },
  "without context takeover": {
    threshold: 0,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
  },
};

for (const [how, deflate] of Object.entries(TAKEOVERS)) {
  Deno.test(`Messages in pieces are compressed both ways, ${how}`, async () => {
    await using pair = await connect({ deflate });
    const words = bytesOf("the same words again and again ".repeat(30_000));
    for (
      const [from, to] of [[pair.client, pair.server], [
        pair.server,
        pair.client,
      ]]
    ) {
      const sending = (async () => {
        await from.write("whole");
        const stream = await from.writeMessage(OPCode.textFrame);
        const chunks = [
          words.subarray(0, 100),
          words.subarray(100, 50_001),
          words.subarray(50_001),
        ];
        await ReadableStream.from(chunks).pipeTo(stream);
        await (await from.writeMessage(OPCode.binaryFrame)).close();
        await from.write("the same words");
        await from.write(LARGE);
        await from.write("the same words again");
      })();
      assertEquals(await readText(to), "whole");
      assertEquals(await readWhole(await to.readMessage()), words);
      assertEquals(await readText(to), "");
      assertEquals(await to.read(), "the same words");
      const skipped = await to.readMessage();
      await skipped?.readable.cancel();
      assertEquals(await to.read(), "the same words again");
      await sending;
    }
  });

  Deno.test(`Compressed messages in pieces are refused if they are broken, ${how}`, async () => {
    using ends = await openEnds("server", "tcp", {
      deflate,
      peerExtensions: "permessage-deflate",
    });
    const { socket, peer } = ends;
    const reading = socket.readMessage();
    await peer.sendFrame(BINARY, new Uint8Array([7, 7, 7, 7]), { rsv: 4 });
    const message = await reading;
    await assertRejects(() => readWhole(message), ProtocolError, "broken");
    assertEquals(
      (await peer.receive())?.payload.subarray(0, 2),
      closeBytes(1007),
    );
  });
}

Deno.test("Inside Deno.serve there are no messages in pieces", async () => {
  const opened = Promise.withResolvers<WebSocketConn>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => upgradeWebSocket(request, { onOpen: opened.resolve }).response,
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const conn = await opened.promise;
  const { NotSupported } = Deno.errors;
  await assertRejects(() => conn.readMessage(), NotSupported);
  await assertRejects(() => conn.writeMessage(OPCode.textFrame), NotSupported);
  await client.close();
  await turn();
});
