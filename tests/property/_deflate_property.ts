import { Deflater } from "../../websocket/deflate/_deflater.ts";
import { Inflater } from "../../websocket/deflate/_inflater.ts";
import { loadZlib } from "../../websocket/deflate/_zlib.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import { toBytes, toNumbers } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

const zlib = await loadZlib();

type MessagesCase = {
  windowBits: number;
  contextTakeover: boolean;
  level: number;
  /** A start, and how often it is repeated. */
  messages: { bytes: number[]; times: number }[];
};

function randomMessage(random: Random): { bytes: number[]; times: number } {
  const length = random.pick([0, 1, 10, 100, 400]);
  const bytes = random.chance(0.5)
    ? toNumbers(random.bytes(length))
    : Array.from({ length }, () => random.pick([0, 0, 0, 97, 98]));
  return { bytes, times: random.pick([1, 1, 1, 5, 200]) };
}

function expand(
  { bytes, times }: { bytes: number[]; times: number },
): Uint8Array {
  const count = Math.max(1, Math.min(200, Math.trunc(times)));
  const start = toBytes(bytes);
  const message = new Uint8Array(start.length * count);
  for (let turn = 0; turn < count; turn++) {
    message.set(start, turn * start.length);
  }
  return message;
}

export const deflateProperty = property<MessagesCase>({
  name: "Inflater gives back what Deflater takes, at the limit and no further",
  runs: 700,
  generate: (random) => ({
    windowBits: random.int(8, 15),
    contextTakeover: random.chance(0.5),
    level: random.int(1, 9),
    messages: Array.from(
      { length: random.int(1, 5) },
      () => randomMessage(random),
    ),
  }),
  check: async (value) => {
    const options = {
      windowBits: Math.max(8, Math.min(15, value.windowBits)),
      contextTakeover: value.contextTakeover,
      level: Math.max(1, Math.min(9, value.level)),
    };
    const deflater = new Deflater(zlib, options);
    try {
      const inflater = new Inflater(zlib, options);
      for (const item of value.messages) {
        const message = expand(item);
        const compressed = await deflater.compress(message);
        const inflated = inflater.inflate(
          compressed,
          Math.max(1, message.length),
        );
        const isSame = inflated.length === message.length &&
          inflated.every((byte, at) => byte === message[at]);
        if (!isSame) throw new Error(`Got ${inflated.length} other bytes`);
      }
    } finally {
      deflater.close();
    }
  },
});

type GarbageCase = {
  windowBits: number;
  contextTakeover: boolean;
  maxSize: number;
  messages: number[][];
};

/** A message that is good, but for some of its bytes. */
function randomGarbage(random: Random): number[] {
  if (random.chance(0.3)) return toNumbers(random.bytes(random.below(30)));
  const good = zlib.deflateRawSync(expand(randomMessage(random)), {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  });
  const bytes = [...good].slice(0, -4);
  for (let changes = random.below(4); changes > 0; changes--) {
    const at = random.below(bytes.length + 1);
    if (random.chance(0.3)) bytes.splice(at, random.below(5));
    else bytes[Math.min(at, bytes.length)] = random.below(256);
  }
  return bytes;
}

export const inflateGarbageProperty = property<GarbageCase>({
  name:
    "Inflater fails what is broken with 1007 or 1009, and gives no more than asked for",
  runs: 3_000,
  generate: (random) => ({
    windowBits: random.int(8, 15),
    contextTakeover: random.chance(0.5),
    maxSize: random.pick([1, 100, 5000, 100_000]),
    messages: Array.from(
      { length: random.int(1, 3) },
      () => randomGarbage(random),
    ),
  }),
  check: (value) => {
    const maxSize = Math.max(1, Math.trunc(value.maxSize));
    const inflater = new Inflater(zlib, {
      windowBits: Math.max(8, Math.min(15, value.windowBits)),
      contextTakeover: value.contextTakeover,
    });
    for (const message of value.messages) {
      const bytes = toBytes(message);
      const before = [...bytes];
      try {
        const inflated = inflater.inflate(bytes, maxSize);
        assertSame(inflated.length <= maxSize, true);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        assertSame([1007, 1009].includes(error.closeCode), true);
        return;
      } finally {
        assertSame([...bytes], before);
      }
    }
  },
});
