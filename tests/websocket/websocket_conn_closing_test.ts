import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { State } from "../../websocket/state.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { openEnds, PLACES } from "../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  PING,
  TEXT,
} from "../conformance/_raw_peer.ts";

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`close() sends its code and reason and resolves to the peer's ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const closing = socket.close(3001, "räson");

    assertEquals(socket.state, State.closing);
    const frame = await peer.receive();
    assertEquals(frame?.opcode, CLOSE);
    assertEquals(frame?.payload, closeBytes(3001, "räson"));
    await peer.sendFrame(CLOSE, closeBytes(3002, "auch"));
    if (side === "client") peer.close();
    else assertEquals(await peer.receive(), undefined);
    peer.close();

    const info = { code: 3002, reason: "auch", wasClean: true };
    assertEquals(await closing, info);
    assertEquals(await socket.closed, info);
    assertEquals(socket.state, State.closed);
    assertEquals(await socket.close(), info);
  });

  Deno.test(`both sides closing at once is a clean end ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const closing = socket.close(1000, "ours");
    await peer.sendFrame(CLOSE, closeBytes(1001, "theirs"));

    assertEquals((await peer.receive())?.payload, closeBytes(1000, "ours"));
    if (side === "server") assertEquals(await peer.receive(), undefined);
    peer.close();
    assertEquals(await closing, {
      code: 1001,
      reason: "theirs",
      wasClean: true,
    });
  });

  Deno.test(`a close frame without a code is answered by one, and is 1005 ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await peer.sendFrame(CLOSE);

    const frame = await peer.receive();
    assertEquals(frame?.opcode, CLOSE);
    assertEquals(frame?.payload.length, 0);
    peer.close();
    assertEquals(await socket.closed, {
      code: 1005,
      reason: "",
      wasClean: true,
    });
    assertEquals(await socket.read(), null);
  });

  Deno.test(`a link that ends without a close frame is 1006 ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const reading = assertRejects(
      () => socket.read(),
      Deno.errors.UnexpectedEof,
    );
    peer.close();

    assertEquals(await socket.closed, {
      code: 1006,
      reason: "",
      wasClean: false,
    });
    await reading;
    await assertRejects(() => socket.write("late"), ClosedError);
    await assertRejects(() => socket.ping(), ClosedError);
    await assertRejects(() => socket.pong(), ClosedError);
  });

  Deno.test(`terminate() ends at once with 1006 and no close frame ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const reading = assertRejects(() => socket.read(), ClosedError);
    const pinging = assertRejects(() => socket.ping(), ClosedError);
    const ping = await peer.receive();
    assertEquals(ping?.opcode, PING);
    socket.terminate();
    socket.terminate();

    await reading;
    await pinging;
    assertEquals((await socket.closed).code, 1006);
    assertEquals((await socket.close()).code, 1006);
    assertEquals(await peer.receive(), undefined);
  });

  Deno.test(`a peer that never answers the close frame is cut at the limit ${where}`, async () => {
    using ends = await openEnds(side, transport, { closeTimeout: 20 });
    const { socket, peer } = ends;

    assertEquals((await socket.close(1000, "bye")).code, 1006);
    assertEquals((await peer.receive())?.opcode, CLOSE);
    assertEquals(await peer.receive(), undefined);
  });

  Deno.test(`a peer that answers the close frame but never ends is cut at the limit ${where}`, async () => {
    using ends = await openEnds(side, transport, { closeTimeout: 20 });
    const { socket, peer } = ends;
    const closing = socket.close(1000);
    await peer.sendFrame(CLOSE, closeBytes(1000));

    assertEquals(await closing, { code: 1000, reason: "", wasClean: true });
  });

  Deno.test(`a second close() may shorten the limit ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket } = ends;
    const first = socket.close(1000, "");

    assertEquals((await socket.close(1000, "", { timeout: 10 })).code, 1006);
    assertEquals((await first).code, 1006);
  });

  Deno.test(`what comes behind the close frame is ignored ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await peer.sendFrames([
      { opcode: TEXT, payload: "in time" },
      { opcode: CLOSE, payload: closeBytes(1000) },
      { opcode: TEXT, payload: "late" },
      { opcode: PING, payload: "late" },
      { opcode: 7, rsv: 7 },
    ]);

    assertEquals((await peer.receive())?.opcode, CLOSE);
    peer.close();
    assertEquals(await socket.read(), "in time");
    assertEquals(await socket.read(), null);
    assertEquals((await socket.closed).wasClean, true);
    assertEquals(socket.messagesReceived, 1);
  });

  Deno.test(`messages that come while close() waits can be read ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const closing = socket.close();
    await peer.sendFrames([
      { opcode: TEXT, payload: "one" },
      { opcode: TEXT, payload: "two" },
      { opcode: CLOSE, payload: closeBytes(1000) },
    ]);
    peer.close();
    await closing;

    assertEquals(await socket.read(), "one");
    assertEquals(await socket.read(), "two");
    assertEquals(await socket.read(), null);
  });

  Deno.test(`messages written before close() go out before the close frame ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const writes = [1, 2, 3].map((byte) =>
      socket.write(new Uint8Array(100_000).fill(byte))
    );
    const closing = socket.close();

    const opcodes: number[] = [];
    for (let index = 0; index < 4; index++) {
      opcodes.push((await peer.receive())?.opcode ?? -1);
    }
    await peer.sendFrame(CLOSE, closeBytes(1000));
    peer.close();
    assertEquals(opcodes, [BINARY, BINARY, BINARY, CLOSE]);
    await Promise.all(writes);
    assertEquals((await closing).wasClean, true);
  });

  Deno.test(`messages that wait when the peer closes never follow the close frame ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const writes = [1, 2, 3].map((byte) =>
      socket.write(new Uint8Array(5_000_000).fill(byte))
        .then(() => "sent", (error) => error.name)
    );
    await peer.sendFrame(CLOSE, closeBytes(1000));

    const opcodes: (number | undefined)[] = [];
    do opcodes.push((await peer.receive())?.opcode); while (
      opcodes.at(-1) === BINARY
    );
    assertEquals(opcodes.at(-1), CLOSE);
    if (side === "server") assertEquals(await peer.receive(), undefined);
    peer.close();
    assertEquals((await socket.closed).wasClean, true);
    const sent = (await Promise.all(writes)).filter((it) => it === "sent");
    assertEquals(opcodes.length, sent.length + 1);
  });

  Deno.test(`a violation ends with its code, in the frame and in closed ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const reading = assertRejects(() => socket.read(), ProtocolError);
    await peer.sendFrame(3);

    const frame = await peer.receive();
    assertEquals(frame?.payload.subarray(0, 2), closeBytes(1002));
    peer.close();
    const error = await reading;
    assertEquals(error.closeCode, 1002);
    const { code, wasClean } = await socket.closed;
    assertEquals({ code, wasClean }, { code: 1002, wasClean: false });
  });
}

Deno.test("close() rejects codes and reasons that can't be sent, and sends nothing", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;

  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, NaN]) {
    await assertRejects(() => socket.close(code), RangeError);
  }
  await assertRejects(() => socket.close(1000, "é".repeat(62)), RangeError);
  await assertRejects(
    () => socket.close(1000, new Float32Array(9) as unknown as string),
    TypeError,
  );
  assertEquals(socket.state, State.open);
  await socket.write("still open");
  assertEquals((await peer.receive())?.opcode, TEXT);
});

Deno.test("close() rejects a limit that is none, and changes nothing", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket } = ends;

  for (const timeout of [-1, NaN]) {
    await assertRejects(() => socket.close(1000, "", { timeout }), RangeError);
  }
  assertEquals(socket.state, State.open);
});

Deno.test("close() after the end starts no timer", async () => {
  using ends = await openEnds("server", "pipe");
  ends.socket.terminate();

  const info = await ends.socket.close(1000, "", { timeout: 60_000 });
  assertEquals(info.code, 1006);
});

Deno.test("a heartbeat does not cut the closing handshake short", async () => {
  using ends = await openEnds("server", "pipe", {
    pingInterval: 5,
    pongTimeout: 5,
  });
  const { socket, peer } = ends;
  const closing = socket.close();
  const timer = Promise.withResolvers<void>();
  setTimeout(timer.resolve, 60);
  await timer.promise;
  await peer.sendFrame(CLOSE, closeBytes(1000));
  peer.close();

  assertEquals((await closing).wasClean, true);
});

Deno.test("a violation is answered though no other message is asked for", async () => {
  using ends = await openEnds("server", "tcp", { closeTimeout: Infinity });
  const { socket, peer } = ends;
  await peer.sendFrame(TEXT, "all that is read");
  assertEquals(await socket.read(), "all that is read");
  const watchdog = setTimeout(() => socket.terminate(), 60_000);
  await peer.sendFrame(3);

  const frame = await peer.receive();
  clearTimeout(watchdog);
  assertEquals(frame?.payload.subarray(0, 2), closeBytes(1002));
});

Deno.test("await using closes cleanly on both sides", async () => {
  using ends = await openEnds("server", "tcp");
  const { socket, peer } = ends;
  const answering = (async () => {
    const frame = await peer.receive();
    assertEquals(frame?.payload, closeBytes(1000));
    await peer.sendFrame(CLOSE, closeBytes(1000));
    assertEquals(await peer.receive(), undefined);
    peer.close();
  })();
  {
    await using held = socket;
    assert(held.state === State.open);
  }

  assertEquals((await socket.closed).wasClean, true);
  await answering;
});

Deno.test("messages right before a close frame are answered by a loop and by a pipe", async () => {
  const loops = [
    (conn: WebSocketConn) => conn.readable.pipeTo(conn.writable),
    async (conn: WebSocketConn) => {
      for await (const message of conn) await conn.write(message);
    },
  ];
  for (const loop of loops) {
    using listener = listenTcp("127.0.0.1:0");
    const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
    const client = await dialWebSocket(
      `ws://127.0.0.1:${listener.addr.port}/`,
    );
    const server = await accepting;
    const looping = loop(server);
    for (let i = 0; i < 100; i++) client.write(`${i}`);
    const closed = client.close(1000, "done");
    const answers: string[] = [];
    for (let next = await client.read(); next; next = await client.read()) {
      answers.push(`${next}`);
    }
    assertEquals(answers, Array.from({ length: 100 }, (_, i) => `${i}`));
    await looping;
    assertEquals(await closed, { code: 1000, reason: "done", wasClean: true });
    assertEquals((await server.closed).wasClean, true);
  }
});

Deno.test("a close frame behind messages that nobody reads is answered", async () => {
  const ends = await openEnds("server", "tcp");
  using _ends = ends;
  const { socket, peer } = ends;
  await peer.sendFrames([
    { opcode: TEXT, payload: "unread" },
    { opcode: CLOSE, payload: closeBytes(1000) },
  ]);
  assertEquals((await peer.receive())?.opcode, CLOSE);
  peer.close();
  assertEquals(await socket.read(), "unread");
  assertEquals(await socket.read(), null);
  assertEquals((await socket.closed).code, 1000);
});

Deno.test("a peer that ends the stream behind its close frame gets the answers still", async () => {
  const ends = await openEnds("server", "tcp");
  using _ends = ends;
  const { socket, peer } = ends;
  await peer.sendFrames([
    { opcode: TEXT, payload: "one" },
    { opcode: TEXT, payload: "two" },
    { opcode: CLOSE, payload: closeBytes(1000) },
  ]);
  await peer.link.closeWrite();
  const echo = socket.readable.pipeTo(socket.writable);
  for (const expected of ["one", "two"]) {
    const frame = await peer.receive();
    assertEquals(new TextDecoder().decode(frame?.payload), expected);
  }
  assertEquals((await peer.receive())?.opcode, CLOSE);
  assertEquals(await peer.receive(), undefined);
  await echo;
  assertEquals(await socket.closed, {
    code: 1000,
    reason: "",
    wasClean: true,
  });
});

Deno.test("the close frame waits for the answers, with many connections at once", async () => {
  const MANY = 200;
  const MESSAGES = 10;
  await using listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn);
    for await (const message of socket) await socket.write(message);
  });
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  const sockets = await Promise.all(
    Array.from({ length: MANY }, () => dialWebSocket(url)),
  );
  const counts = await Promise.all(sockets.map(async (socket) => {
    for (let index = 0; index < MESSAGES; index++) socket.write(`${index}`);
    const closing = socket.close();
    let count = 0;
    // After a close of one's own, the end of the messages is an error.
    const read = () => socket.read().catch(() => null);
    while (await read() !== null) count++;
    await closing;
    return count;
  }));
  assertEquals(counts, counts.map(() => MESSAGES));
  listener.close();
  await serving;
});
