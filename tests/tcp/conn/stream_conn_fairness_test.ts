import { assertEquals } from "@std/assert";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { pipe } from "../../../tcp/pipe.ts";
import { OtherPeer } from "../support/_other_peer.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

/**
 * How much a peer sends at once: sockets of all kinds hold it, so that no read
 * of it has to wait for the sender.
 */
const FLOOD_SIZE = 180 * 1024;

/** Lines of a peer that floods. */
const LINES = new TextEncoder().encode("x\n".repeat(FLOOD_SIZE / 2));

/** So many short writes take longer than the budget of a turn. */
const WRITES = 4000;
const WRITTEN = new Uint8Array(16);

/** Ways to take what comes, which call `onPart` for each part. */
const readers: Record<
  string,
  (conn: Conn, onPart: () => void) => Promise<void>
> = {
  "lines()": async (conn, onPart) => {
    for await (const _line of conn.lines()) onPart();
  },
  "readLine()": async (conn, onPart) => {
    while (await conn.readLine() !== null) onPart();
  },
  "read() of 16 bytes": async (conn, onPart) => {
    const buffer = new Uint8Array(16);
    while (await conn.read(buffer) !== null) onPart();
  },
  "read() of 64 KiB": async (conn, onPart) => {
    const buffer = new Uint8Array(64 * 1024);
    while (await conn.read(buffer) !== null) onPart();
  },
  "read() with a time limit": async (conn, onPart) => {
    const buffer = new Uint8Array(16);
    while (await conn.read(buffer, { timeout: 60_000 }) !== null) onPart();
  },
  "readFull()": async (conn, onPart) => {
    const buffer = new Uint8Array(4);
    while (await conn.readFull(buffer) !== null) onPart();
  },
  "the chunks of readable": async (conn, onPart) => {
    for await (const _chunk of conn.readable) onPart();
  },
  "a BYOB reader": async (conn, onPart) => {
    const reader = conn.readable.getReader({ mode: "byob" });
    let isDone = false;
    while (!isDone) {
      const result = await reader.read(new Uint8Array(1024));
      isDone = result.done;
      if (!isDone) onPart();
    }
  },
  "a native pipeTo()": async (conn, onPart) => {
    await conn.readable.pipeTo(new WritableStream({ write: onPart }));
  },
};

for (const [name, read] of Object.entries(readers)) {
  testEachKind(
    `others get their answers while a peer floods ${name}`,
    async (left, right, kind) => {
      await using other = await OtherPeer.connect();
      const sending = left.write(LINES).then(() => left.closeWrite());
      // A pipe holds less: the rest goes on while it is read.
      if (!kind.endsWith("pipe")) await sending;
      await read(right, () => other.handlePart());
      other.events.push("end of the flood");
      await sending;
      await other.answered;

      assertEquals(other.events, ["echo", "end of the flood"]);
      assertEquals(right.bytesRead, FLOOD_SIZE);
    },
  );
}

testEachKind(
  "peers that flood have their turns one after the other",
  async (left, right, kind) => {
    await using other = await OtherPeer.connect();
    const pairs = [[left, right], pipe(), pipe()];
    const ended: Promise<void>[] = [];
    for (const [client] of pairs) {
      ended.push(client.write(LINES).then(() => client.closeWrite()));
      if (!kind.endsWith("pipe") && client === left) await ended[0];
    }
    await Promise.all(pairs.map(async ([, server]) => {
      for await (const _line of server.lines()) {
        other.handlePart();
      }
      other.events.push("end of a flood");
    }));
    await Promise.all(ended);
    await other.answered;
    for (const [client, server] of pairs) {
      client.close();
      server.close();
    }

    assertEquals(other.events, ["echo", ...Array(3).fill("end of a flood")]);
  },
);

Deno.test("others get their answers while many connections wait to be accepted", async () => {
  await using other = await OtherPeer.connect();
  const listener = listenTcp("127.0.0.1:0");
  const { hostname, port } = listener.addr;
  const peers = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname, port })),
  );
  let accepted = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const serving = listener.serve(() => {
    other.handlePart();
    if (++accepted < peers.length) return;
    other.events.push("end of the flood");
    resolve();
  });
  await promise;
  await other.answered;
  for (const peer of peers) peer.close();
  listener.close();
  await serving;

  assertEquals(other.events, ["echo", "end of the flood"]);
});

Deno.test("two ends of a pipe that echo for ever stop no timer", async () => {
  const [left, right] = pipe();
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  const echo = async (conn: Conn) => {
    const buffer = new Uint8Array(16);
    while (await conn.read(buffer) !== null) await conn.write(buffer);
  };
  const echoing = Promise.allSettled([echo(left), echo(right)]);
  await left.write(new Uint8Array(16));
  await promise;
  left.close();
  right.close();

  await echoing;
  await Promise.all([left.closed, right.closed]);
});

Deno.test("two ends of a pipe whose streams are piped to themselves stop no timer", async () => {
  const [left, right] = pipe();
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  await left.write(new Uint8Array(16));
  const echoing = Promise.allSettled(
    [left, right].map(({ readable, writable }) => readable.pipeTo(writable)),
  );
  await promise;
  left.close();
  right.close();

  await echoing;
  await Promise.all([left.closed, right.closed]);
});

for (const way of ["closed", "cancelled", "timed out"]) {
  testEachKind(
    `a connection that waits for its turn to read can be ${way}`,
    async (left, right, kind) => {
      const sending = left.write(LINES).catch(() => {});
      if (!kind.endsWith("pipe")) await sending;
      const lines = right.lines()[Symbol.asyncIterator]();
      for (let count = 0; count < 20_000; count++) await lines.next();
      if (way === "closed") right.close();
      else if (way === "cancelled") await right.readable.cancel();
      else {
        const limit = { timeout: 0 };
        // Nothing that has arrived is lost to a limit.
        for (let count = 0; count < 20_000; count++) {
          await right.readLine(limit);
        }
      }
      left.close();
      right.close();
      await sending;
      await Promise.all([left.closed, right.closed]);
    },
  );
}

/** Ways to write as long as the system takes it, which call `onPart`. */
const writers: Record<
  string,
  (conn: Conn, onPart: () => void) => Promise<unknown>
> = {
  "write()": async (conn, onPart) => {
    for (let count = 0; count < WRITES; count++) {
      await conn.write(WRITTEN);
      onPart();
    }
  },
  "a writer of writable": async (conn, onPart) => {
    const writer = conn.writable.getWriter();
    for (let count = 0; count < WRITES; count++) {
      await writer.write(WRITTEN);
      onPart();
    }
    writer.releaseLock();
  },
  "a native pipeTo()": (conn, onPart) => {
    let count = 0;
    const source = new ReadableStream({
      pull(controller) {
        onPart();
        if (++count > WRITES) controller.close();
        else controller.enqueue(WRITTEN);
      },
    });
    return source.pipeTo(conn.writable, { preventClose: true });
  },
};

for (const [name, write] of Object.entries(writers)) {
  testEachKind(
    `others get their answers while ${name} sends without a wait`,
    async (left, right) => {
      await using other = await OtherPeer.connect();
      const reading = right.readable.pipeTo(new WritableStream());
      await write(left, () => other.handlePart());
      other.events.push("end of the flood");
      await left.closeWrite();
      await reading;
      await other.answered;

      assertEquals(other.events, ["echo", "end of the flood"]);
      assertEquals(left.bytesWritten, WRITES * WRITTEN.length);
    },
  );
}
