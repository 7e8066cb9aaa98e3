import { assert, assertEquals } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import type { EndsOptions } from "../conformance/_ends.ts";
import {
  BINARY,
  CONTINUATION,
  type FrameSpec,
  TEXT,
} from "../conformance/_raw_peer.ts";
import { RawDeflate } from "../conformance/_raw_deflate.ts";
import { testAttack } from "./_attack.ts";
import { beside, expectFailure } from "./_beside.ts";

const MIB = 2 ** 20;
/** The bit that marks a compressed message. */
const COMPRESSED = 4;
const OPTIONS: EndsOptions = {
  deflate: true,
  peerExtensions: "permessage-deflate",
};

/** Compresses zeros so that nothing of the size shows. */
function bomb(size: number): Uint8Array {
  const flushed = deflateRawSync(new Uint8Array(size), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return new Uint8Array(flushed).subarray(0, flushed.length - 4);
}

const SMALL_BOMB = bomb(64 * MIB);

/** Messages that must not inflate, and the code that answers them. */
const ROWS: Record<string, readonly [payload: Uint8Array, code: number]> = {
  "a bomb of 64 MiB": [SMALL_BOMB, 1009],
  "a bomb with a bad block behind": [
    Uint8Array.from([...SMALL_BOMB, 0xff, 0xff]),
    1009,
  ],
  "a bomb with a bad block within": [
    Uint8Array.from([
      ...bomb(MIB / 2),
      0xff,
      ...SMALL_BOMB,
    ]),
    1007,
  ],
  "one byte too many": [bomb(MIB + 1), 1009],
  "a bad block": [Uint8Array.of(0xff, 0xff, 0xff), 1007],
  "a block that is cut": [Uint8Array.of(0xf2, 0x48, 0xcd), 1007],
  "a reference to nothing": [
    Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00),
    1007,
  ],
  "nothing at all": [new Uint8Array(0), 1007],
};

for (const side of ["server", "client"] as const) {
  for (const [name, [payload, code]] of Object.entries(ROWS)) {
    testAttack(
      `a WebSocket ${side} fails ${name} in a compressed message with ${code}`,
      async () => {
        await beside(side, OPTIONS, async (ends) => {
          assertEquals(ends.socket.extensions.startsWith("permessage"), true);
          const frame = { opcode: BINARY, payload, rsv: COMPRESSED };
          await ends.peer.sendFrames([frame]);
          await expectFailure(ends, code);
        });
      },
    );
  }

  testAttack(
    `a WebSocket ${side} fails bombs in fragments, and text that is none when inflated`,
    async () => {
      await beside(side, OPTIONS, async (ends) => {
        const frames: FrameSpec[] = [];
        for (let at = 0; at < SMALL_BOMB.length; at += 5000) {
          frames.push({
            opcode: at === 0 ? TEXT : CONTINUATION,
            payload: SMALL_BOMB.subarray(at, at + 5000),
            rsv: at === 0 ? COMPRESSED : 0,
            fin: at + 5000 >= SMALL_BOMB.length,
          });
        }
        await ends.peer.sendFrames(frames);
        await expectFailure(ends, 1009);
      });
      await beside(side, OPTIONS, async (ends) => {
        using deflate = new RawDeflate();
        const payload = await deflate.compress(Uint8Array.of(0x61, 0xc0, 0x80));
        await ends.peer.sendFrame(TEXT, payload, { rsv: COMPRESSED });
        await expectFailure(ends, 1007);
      });
    },
  );

  testAttack(
    `a WebSocket ${side} inflates a hundred large messages with the memory of a few`,
    async () => {
      await beside(side, OPTIONS, async ({ socket, peer }) => {
        const payload = bomb(MIB);
        const frame = { opcode: BINARY, payload, rsv: COMPRESSED };
        const sending = (async () => {
          for (let count = 0; count < 100; count++) {
            await peer.sendFrames([frame]);
          }
        })();
        for (let count = 0; count < 100; count++) {
          const message = await socket.read({ timeout: 60_000 });
          assert(message instanceof Uint8Array);
          assertEquals(message.length, MIB);
        }
        await sending;
      });
    },
    { maxGrowth: 300 * MIB },
  );

  testAttack(
    `a WebSocket ${side} fails the bit of compression where none was agreed on`,
    async () => {
      await beside(side, {}, async (ends) => {
        await ends.peer.sendFrame(BINARY, SMALL_BOMB, { rsv: COMPRESSED });
        await expectFailure(ends, 1002);
      });
    },
  );
}
