import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { delay } from "@std/async";
import { createConnection, type Socket } from "node:net";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { serverCert, serverKey } from "../certificates.ts";
import {
  assertSameBytes,
  BLOCKING,
  drain,
  pattern,
} from "../tcp/support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  bytesWrittenOf,
  errorOf,
  until,
} from "../tcp/support/_outcomes.ts";
import { connectResettable } from "../tcp/support/_resettable.ts";
import { testAttack, testAttackOnEachKind } from "./_attack.ts";
import {
  besideBystander,
  Bystander,
  dialListener,
  echoLines,
  HANGS,
  LISTENERS,
} from "./_bystander.ts";

const REASON = new RangeError("Stop");

/** Connects by `node:net`, which can reset, and choose the address it has. */
function connect(port: number, localAddress = "127.0.0.1"): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = createConnection(
    { port, host: "127.0.0.1", localAddress },
    () => resolve(socket),
  );
  socket.on("error", reject);
  return promise;
}

function isOver(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

testAttackOnEachKind(
  "a write to a peer that never reads ends at its limit, and exactly so much goes out",
  async (writer, reader) => {
    const data = pattern(BLOCKING);
    const error = await errorOf(writer.write(data, { timeout: 20 }));
    assertTimeout(error);
    const sent = bytesWrittenOf(error);
    assert(sent < BLOCKING, `${sent} bytes sent`);
    // What has been given up is not held any longer, but for the piece in flight.
    assert(writer.bufferedBytes <= 256 * 1024, `${writer.bufferedBytes} held`);
    const ending = writer.writeString("the end").then(() =>
      writer.closeWrite()
    );

    const received = await drain(reader);
    await ending;
    assertSameBytes(received.subarray(0, sent), data.subarray(0, sent));
    assertEquals(new TextDecoder().decode(received.subarray(sent)), "the end");
  },
);

for (const [kind, listen] of Object.entries(LISTENERS)) {
  testAttack(
    `a server cuts a peer that never reads at its write timeout, and serves the others (${kind})`,
    async () => {
      const listener = listen();
      const data = pattern(BLOCKING);
      let victims = 0;
      const errors = await besideBystander(listener, async () => {
        using deaf = await dialListener(listener);
        await deaf.writeString("flood me\n");
        await until(() => victims === 1);
        // Nothing is read until the server has given up.
        await until(() => listener.errorCount === 1);
        deaf.terminate();
      }, async (conn) => {
        conn.setWriteTimeout(30);
        for await (const line of conn.lines()) {
          if (line !== "flood me") await conn.writeString(`${line}\n`);
          else {
            victims++;
            await conn.write(data);
          }
        }
      });
      assertEquals(errors.length, 1);
      assertTimeout(errors[0]);
    },
  );
}

testAttack(
  "peers that reset at any moment end their own connections only",
  async () => {
    const listener = listenTcp("127.0.0.1:0");
    const { port } = listener.addr;
    // Nobody accepts yet: these resets are in the queue of the system.
    for (let index = 0; index < 20; index++) {
      const socket = await connect(port);
      socket.resetAndDestroy();
      await isOver(socket);
    }
    const errors = await besideBystander(listener, async () => {
      for (let index = 0; index < 30; index++) {
        const socket = await connect(port);
        // Some leave while the server reads, some in the middle of an answer.
        if (index % 3 === 1) socket.write("half a line");
        if (index % 3 === 2) socket.write(`${"x".repeat(5000)}\n`.repeat(20));
        if (index % 2 === 0) {
          await delay(0);
        }
        socket.resetAndDestroy();
        await isOver(socket);
      }
      await until(() => listener.connectionCount === 1);
    });
    const known = [
      Deno.errors.ConnectionReset,
      Deno.errors.ConnectionAborted,
      Deno.errors.BrokenPipe,
      Deno.errors.NotConnected,
    ];
    for (const error of errors) {
      assert(known.some((type) => error instanceof type), String(error));
    }
  },
);

testAttack(
  "a reset during a read and a write is a typed error for both",
  async () => {
    using peer = await connectResettable();
    const { conn } = peer;
    const reading = errorOf(conn.read(new Uint8Array(1)));
    const writing = errorOf(conn.write(pattern(BLOCKING)));
    await until(() => conn.bytesWritten > 0);
    peer.reset();
    assertInstanceOf(await reading, Deno.errors.ConnectionReset);
    const error = await writing;
    assert(
      error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe,
    );
    assertEquals(bytesWrittenOf(error), conn.bytesWritten);
    await conn.closed;
  },
);

testAttackOnEachKind(
  "after a half-close the other direction is drained to its end",
  async (asking, answering) => {
    await asking.writeString("everything, please");
    await asking.closeWrite();
    const data = pattern(5 * 2 ** 20);
    const serving = (async () => {
      assertEquals((await drain(answering)).length, 18);
      await answering.write(data);
      await answering.closeWrite();
    })();
    assertSameBytes(await drain(asking), data);
    await serving;
    await Promise.all([asking.closed, answering.closed]);
  },
);

testAttack(
  "a thousand dials from one address are refused and counted, and another address is served",
  async () => {
    const listener = listenTcp("127.0.0.1:0", { maxConnectionsPerIp: 10 });
    const serving = listener.serve(echoLines, { onError: () => {} });
    const held: Socket[] = [];
    for (let index = 0; index < 10; index++) {
      held.push(await connect(listener.addr.port));
    }
    await until(() => listener.connectionCount === 10);
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(Array.from({ length: 50 }, async () => {
        using conn = await dialTcp(listener.addr, HANGS);
        // It says nothing, and is shown out all the same.
        const end = await conn.read(new Uint8Array(1), HANGS)
          .catch((error) => error);
        assert(end === null || end instanceof Deno.errors.ConnectionReset);
      }));
    }
    assertEquals(listener.droppedCount, 1000);
    assertEquals(listener.connectionCountOf("127.0.0.1"), 10);
    assertEquals(listener.errorCount, 0);

    const other = await connect(listener.addr.port, "127.0.0.2");
    other.write("still served\n");
    const answer = await new Promise((resolve) => other.once("data", resolve));
    assertEquals(String(answer), "still served\n");
    for (const socket of [other, ...held]) socket.destroy();
    await until(() => listener.connectionCount === 0);
    {
      await using again = await Bystander.dial(listener);
      await again.isServed();
    }
    await listener.shutdown(HANGS);
    await serving;
  },
  { ignore: Deno.build.os !== "linux" },
);

for (const [kind, listen] of Object.entries(LISTENERS)) {
  testAttack(
    `silent connections are closed at the idle limit (${kind})`,
    async () => {
      const listener = listen();
      await besideBystander(listener, async () => {
        const silent = await Promise.all(
          Array.from({ length: 50 }, () => dialListener(listener)),
        );
        for (const conn of silent) {
          assertEquals(await conn.read(new Uint8Array(1), HANGS), null);
          conn.close();
        }
      }, async (conn) => {
        conn.setIdleTimeout(50, "close");
        try {
          for await (const line of conn.lines()) {
            // A client that has sent a line has no idle limit any more.
            conn.setIdleTimeout(Infinity);
            await conn.writeString(`${line}\n`);
          }
        } catch (error) {
          assertInstanceOf(error, ClosedError);
        }
      });
    },
  );
}

testAttack(
  "clients that are silent in the TLS handshake hold nobody up",
  async () => {
    const listener = listenTls("127.0.0.1:0", {
      cert: serverCert,
      key: serverKey,
    });
    const silent: Deno.Conn[] = [];
    await besideBystander(listener, async () => {
      const { hostname, port } = listener.addr;
      // More than may be in a handshake at once.
      for (let index = 0; index < 150; index++) {
        silent.push(await Deno.connect({ hostname, port }));
      }
      await using late = await Bystander.dial(listener);
      await late.isServed();
      for (const conn of silent) conn.close();
    });
  },
);

testAttack(
  "close() twice, and during an accept, makes one ClosedError",
  async () => {
    const listener = listenTcp("127.0.0.1:0");
    const accepting = errorOf(listener.accept());
    listener.close();
    listener.close();
    assertClosed(await accepting);
    assertClosed(await errorOf(listener.accept()));
    await listener.close();
  },
);

testAttackOnEachKind(
  "close() twice, and during a read and a write, makes one ClosedError each",
  async (left) => {
    // The write goes on behind close() for as long as the peer takes some of it.
    left.setCloseTimeout(20);
    const calls = [
      left.read(new Uint8Array(1)),
      left.write(pattern(BLOCKING)),
      left.readLine(),
    ].map(errorOf);
    left.close();
    left.close();
    for (const error of await Promise.all(calls)) assertClosed(error);
    assertClosed(await errorOf(left.read(new Uint8Array(1))));
    await left.closed;
    left.close();
  },
);

testAttackOnEachKind(
  "an abort before and after an end changes nothing",
  async (conn, peer) => {
    const aborted = AbortSignal.abort(REASON);
    const outcomes = [
      conn.read(new Uint8Array(1), { signal: aborted }),
      conn.write(pattern(10), { signal: aborted }),
      dialTcp("127.0.0.1:9", { signal: aborted }),
    ].map(errorOf);
    assertEquals(await Promise.all(outcomes), [REASON, REASON, REASON]);
    assertEquals(conn.bytesWritten, 0);

    const controller = new AbortController();
    const { signal } = controller;
    await peer.writeString("ab");
    assertEquals(await conn.read(new Uint8Array(1), { signal }), 1);
    controller.abort(REASON);
    assertEquals(await conn.read(new Uint8Array(9)), 1);
    conn.close();
    assertClosed(await errorOf(conn.read(new Uint8Array(1), { signal })));
  },
);

testAttackOnEachKind(
  "what comes after a timeout is for the next read",
  async (conn, peer) => {
    const abandoned = new Uint8Array(5);
    for (let round = 0; round < 20; round++) {
      assertTimeout(
        await errorOf(conn.read(abandoned, { timeout: round % 3 })),
      );
      const text = `round ${round}`;
      await peer.writeString(text);
      const buffer = new Uint8Array(100);
      const length = await conn.read(buffer, HANGS) ?? 0;
      assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), text);
    }
    assertEquals(abandoned, new Uint8Array(5));
  },
);
