import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import {
  BINARY,
  CLOSE,
  closeBytes,
  CONTINUATION,
  encode,
  type FrameSpec,
  join,
  PING,
  TEXT,
} from "../conformance/_raw_peer.ts";
import { testAttack } from "./_attack.ts";
import { beside, expectFailure } from "./_beside.ts";

const begin: FrameSpec = { opcode: BINARY, payload: "x", fin: false };

/** Frames that break the protocol, and the code that answers them. */
const ROWS: Record<
  string,
  readonly [frames: readonly FrameSpec[], code: number]
> = {
  "a length of 2^63": [[{ opcode: BINARY, length: 2n ** 63n, form: 64 }], 1002],
  "a length of 2^40": [[{ opcode: BINARY, length: 2 ** 40 }], 1009],
  "a length of one more than the limit": [
    [{ opcode: BINARY, length: 2 ** 20 + 1 }],
    1009,
  ],
  "a fragment that passes the limit": [
    [begin, { opcode: CONTINUATION, length: 2 ** 20 }],
    1009,
  ],
  "a length that fits a shorter form": [
    [{ opcode: BINARY, payload: "x", form: 16 }],
    1002,
  ],
  "a length of 65,535 in the longest form": [
    [{ opcode: BINARY, length: 65535, form: 64 }],
    1002,
  ],
  "a frame masked as it must not be": [[], 1002],
  "the first reserved bit": [[{ opcode: TEXT, rsv: 4 }], 1002],
  "the second reserved bit": [[{ opcode: TEXT, rsv: 2 }], 1002],
  "the third reserved bit": [[{ opcode: PING, rsv: 1 }], 1002],
  "opcode 3": [[{ opcode: 3 }], 1002],
  "opcode 15": [[{ opcode: 15 }], 1002],
  "a fragmented ping": [[{ opcode: PING, fin: false }], 1002],
  "a ping of 126 bytes": [
    [{ opcode: PING, payload: new Uint8Array(126) }],
    1002,
  ],
  "a continuation first": [[{ opcode: CONTINUATION, payload: "x" }], 1002],
  "a message inside of another": [[begin, { opcode: TEXT }], 1002],
  "bad UTF-8": [
    [{ opcode: TEXT, payload: Uint8Array.of(0x61, 0xff), length: 100 }],
    1007,
  ],
  "a surrogate in UTF-8": [
    [{ opcode: TEXT, payload: Uint8Array.of(0xed, 0xa0), length: 100 }],
    1007,
  ],
  "a close frame of one byte": [
    [{ opcode: CLOSE, payload: Uint8Array.of(3) }],
    1002,
  ],
  "bad UTF-8 in a close reason": [
    [{ opcode: CLOSE, payload: closeBytes(1000, Uint8Array.of(0xff)) }],
    1007,
  ],
  ...Object.fromEntries(
    [999, 1004, 1005, 1006, 1015, 5000].map((code) => [
      `close code ${code}`,
      [[{ opcode: CLOSE, payload: closeBytes(code) }], 1002],
    ]),
  ),
};

for (const side of ["server", "client"] as const) {
  for (const [name, [frames, code]] of Object.entries(ROWS)) {
    testAttack(`a WebSocket ${side} fails ${name} with ${code}`, async () => {
      await beside(side, {}, async (ends) => {
        const masked = side === "client";
        await ends.peer.sendFrames(
          frames.length > 0 ? frames : [{ opcode: TEXT, masked }],
        );
        await expectFailure(ends, code);
      });
    });
  }

  testAttack(
    `a WebSocket ${side} takes a code point that frames split`,
    async () => {
      await beside(side, {}, async ({ socket, peer }) => {
        await peer.sendFrames([
          { opcode: TEXT, payload: Uint8Array.of(0xf0, 0x9f), fin: false },
          { opcode: PING },
          { opcode: CONTINUATION, payload: Uint8Array.of(0x98, 0x80) },
        ]);

        assertEquals(await socket.read(), "😀");
      });
    },
  );

  testAttack(
    `a WebSocket ${side} allocates nothing for a length that is only announced`,
    async () => {
      await beside(
        side,
        { maxMessageSize: 2 ** 28 },
        async ({ peer, socket }) => {
          const before = Deno.memoryUsage();
          await peer.sendFrame(BINARY, "x", { length: 2 ** 28 });
          await peer.send(new Uint8Array(1000));
          await delay(20);
          const { external } = Deno.memoryUsage();

          assertEquals(socket.messagesReceived, 0);
          assert(
            external - before.external < 2 ** 25,
            `${external} bytes held`,
          );
        },
      );
    },
  );

  testAttack(
    `a WebSocket ${side} stops endless large fragments with 1009`,
    async () => {
      await beside(side, { maxMessageSize: 2 ** 22 }, async (ends) => {
        const masks = side === "server";
        const payload = new Uint8Array(2 ** 20);
        const sending = (async () => {
          for (let index = 0; index < 8; index++) {
            const opcode = index === 0 ? BINARY : CONTINUATION;
            await ends.peer.send(
              encode({ opcode, payload, fin: false }, masks),
            );
          }
        })();
        await expectFailure(ends, 1009);
        await sending;
      });
    },
  );

  for (const payload of ["", "x"]) {
    const what = payload === "" ? "empty" : "1-byte";
    testAttack(
      `a WebSocket ${side} stops endless ${what} fragments with 1008`,
      async () => {
        await beside(side, {}, async (ends) => {
          const first = { opcode: BINARY, payload, fin: false };
          const fragment = encode(
            { ...first, opcode: CONTINUATION },
            side === "server",
          );
          const many = join(Array.from({ length: 10_000 }, () => fragment));
          const sending = (async () => {
            await ends.peer.sendFrames([first]);
            for (let index = 0; index < 14; index++) await ends.peer.send(many);
          })();
          await expectFailure(ends, 1008);
          await sending;
        });
      },
    );
  }

  testAttack(
    `a WebSocket ${side} goes on dropping what comes after a violation, until the limit`,
    async () => {
      await beside(side, { closeTimeout: 100 }, async ({ socket, peer }) => {
        await peer.sendFrame(3);
        const noise = new Uint8Array(65536);
        let isOver = false;
        const ended = socket.closed.then(() => isOver = true);
        while (!isOver) {
          await peer.send(noise);
          await delay(0);
        }

        await ended;
        assertEquals(socket.messagesReceived, 0);
      });
    },
  );
}
