import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { BLOCKING } from "../tcp/support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  errorOf,
} from "../tcp/support/_outcomes.ts";
import { type Ends, openEnds, PLACES } from "../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  CONTINUATION,
  encode,
  type FrameSpec,
  join,
  PING,
  PONG,
  type RawPeer,
  TEXT,
} from "../conformance/_raw_peer.ts";
import { testAttack } from "./_attack.ts";
import { beside } from "./_beside.ts";

const MIB = 2 ** 20;

/** Lets the system have its chance to take what was sent. */
async function polled(): Promise<void> {
  for (let count = 0; count < 3; count++) {
    await new Promise<void>((resolve) => afterPoll(resolve));
  }
}
/** Beyond 64 KiB only the latest ping is answered: two frames may be on top. */
const PONGS = 64 * 1024 + 2 * 131;

/** A payload that tells its number. */
function numbered(index: number): Uint8Array {
  const payload = new Uint8Array(125);
  new DataView(payload.buffer).setUint32(0, index);
  return payload;
}

/** Reads pongs until that of a number comes, and counts them. */
async function countPongs(peer: RawPeer, last: number): Promise<number> {
  for (let count = 1;; count++) {
    const frame = await peer.receive();
    if (frame?.opcode !== PONG) throw new Error(`Got ${frame?.opcode}`);
    const view = new DataView(frame.payload.buffer, frame.payload.byteOffset);
    if (view.getUint32(0) === last) return count;
  }
}

for (const side of ["server", "client"] as const) {
  testAttack(
    `a WebSocket ${side} answers a flood of pings that nobody reads by a bounded queue and the latest`,
    async () => {
      await beside(side, {}, async ({ socket, peer }) => {
        const batches = 100;
        const size = 1000;
        let most = 0;
        for (let batch = 0; batch < batches; batch++) {
          const pings = Array.from({ length: size }, (_, index) =>
            encode(
              { opcode: PING, payload: numbered(batch * size + index) },
              side === "server",
            ));
          await peer.send(join(pings));
          most = Math.max(most, socket.bufferedBytes);
        }
        // A message behind them tells that all of them have been seen.
        await peer.sendFrame(TEXT, "the end");
        assertEquals(await socket.read({ timeout: 60_000 }), "the end");
        most = Math.max(most, socket.bufferedBytes);
        assert(most <= PONGS, `${most} bytes were queued`);

        const count = await countPongs(peer, batches * size - 1);
        assert(count < batches * size, `${count} pongs`);
        assertEquals(socket.bufferedBytes, 0);
      });
    },
  );

  testAttack(
    `a WebSocket ${side} stops reading from a peer that sends faster than we read`,
    async () => {
      await beside(side, { maxMessageSize: MIB }, async ({ socket, peer }) => {
        const message = encode(
          { opcode: BINARY, payload: new Uint8Array(64 * 1024) },
          side === "server",
        );
        let sent = 0;
        const flooding = (async () => {
          for (; sent < 1000; sent++) await peer.send(message);
        })();
        // Nothing is read until the peer is held up: the queue has 1 MiB at most,
        // and one message may be on top.
        let before = -1;
        while (socket.messagesReceived !== before) {
          before = socket.messagesReceived;
          await delay(20);
        }
        assert(
          socket.messagesReceived <= 18,
          `${socket.messagesReceived} read`,
        );
        for (let count = 0; count < 1000; count++) {
          const data = await socket.read({ timeout: 60_000 });
          assertEquals(data?.length, 64 * 1024);
        }
        await flooding;
      });
    },
  );

  testAttack(
    `a WebSocket ${side} keeps the policy for a peer that never reads`,
    async () => {
      const data = new Uint8Array(64 * 1024);
      const limits = { maxBufferedBytes: MIB };
      await beside(side, { ...limits, sendPolicy: "wait" }, async (ends) => {
        const { socket } = ends;
        const error = await errorOf((async () => {
          for (;;) await socket.write(data, { timeout: 50 });
        })());
        assertTimeout(error);
        assert(socket.bufferedBytes < MIB + 2 * data.length);
      });
      await beside(side, { ...limits, sendPolicy: "drop" }, async (ends) => {
        const { socket } = ends;
        // The outcome of those that wait is that of the connection.
        for (let count = 0; count < BLOCKING / data.length; count++) {
          socket.write(data);
          await polled();
        }
        assert(socket.messagesDropped > 0);
        assert(socket.bufferedBytes < MIB + 2 * data.length);
        assertEquals(socket.state, 1);
        socket.terminate();
        assertEquals((await socket.closed).code, 1006);
      });
      await beside(side, { ...limits, sendPolicy: "close" }, async (ends) => {
        const { socket } = ends;
        const writes = [];
        for (let count = 0; count < BLOCKING / data.length; count++) {
          writes.push(socket.write(data).catch((error) => error));
          await polled();
        }
        assertEquals((await socket.closed).code, 1006);
        assertClosed(await errorOf(socket.write(data)));
        await Promise.all(writes);
      });
    },
  );
}

testAttack(
  "a WebSocket client masks with keys that nobody can foresee",
  async () => {
    await beside("client", {}, async ({ socket, peer }) => {
      const count = 1000;
      for (let index = 0; index < count; index++) {
        socket.write(new Uint8Array(8)).catch(() => {});
      }
      // Frames of 14 bytes: the payload is zeros, so it shows the key again.
      const bytes = new Uint8Array(count * 14);
      for (let at = 0; at < bytes.length;) {
        at += await peer.link.read(bytes.subarray(at)) ?? 0;
      }
      const view = new DataView(bytes.buffer);
      const keys = new Set<number>();
      const ones: number[] = Array(32).fill(0);
      for (let at = 0; at < bytes.length; at += 14) {
        assertEquals(view.getUint16(at), 0x8288);
        const key = view.getUint32(at + 2);
        assertEquals([view.getUint32(at + 6), view.getUint32(at + 10)], [
          key,
          key,
        ]);
        keys.add(key);
        ones.forEach((_, bit) => ones[bit] += (key >>> bit) & 1);
      }
      assert(keys.size > count - 5, `${keys.size} keys of ${count}`);
      for (const many of ones) assert(many > 350 && many < 650, `${ones}`);
    });
  },
);

/** A bit of everything, with all that has a length in each of its forms. */
const EVERYTHING: readonly FrameSpec[] = [
  { opcode: TEXT, payload: "h\u00e9😀" },
  { opcode: BINARY, payload: new Uint8Array(130).fill(7) },
  { opcode: TEXT, payload: Uint8Array.of(0xf0, 0x9f), fin: false },
  { opcode: PING, payload: "p" },
  { opcode: CONTINUATION, payload: "", fin: false },
  { opcode: CONTINUATION, payload: Uint8Array.of(0x98, 0x80) },
  { opcode: BINARY, payload: "" },
  { opcode: CLOSE, payload: closeBytes(4000, "ü") },
];

/** All that comes of it: messages, the pong, the end. */
async function outcome({ socket, peer }: Ends): Promise<unknown> {
  const messages = await Array.fromAsync(socket.readable);
  const frames = [];
  for (let index = 0; index < 2; index++) {
    const frame = await peer.receive();
    frames.push([frame?.opcode, frame?.payload.toHex()]);
  }
  peer.close();
  const { code, reason, wasClean } = await socket.closed;
  return { messages, frames, code, reason, wasClean };
}

for (const [side, transport] of PLACES) {
  testAttack(
    `frames cut at every byte have the outcome of whole ones for a WebSocket ${side} (${transport})`,
    async () => {
      const masks = side === "server";
      const bytes = join(EVERYTHING.map((spec) => encode(spec, masks)));
      using whole = await openEnds(side, transport);
      await whole.peer.send(bytes);
      const expected = await outcome(whole);
      {
        using ends = await openEnds(side, transport);
        const sending = ends.peer.send(bytes, 1);
        assertEquals(await outcome(ends), expected);
        await sending;
      }
      for (let cut = 0; cut <= bytes.length; cut++) {
        using ends = await openEnds(side, transport);
        const result = outcome(ends);
        await ends.peer.send(bytes.subarray(0, cut));
        await delay(0);
        await ends.peer.send(bytes.subarray(cut));
        assertEquals(await result, expected, `Cut at ${cut}`);
      }
    },
  );
}
