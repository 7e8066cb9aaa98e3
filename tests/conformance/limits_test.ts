import { type Case, testGroup } from "./_cases.ts";
import { BINARY, CONTINUATION, type FrameSpec, TEXT } from "./_raw_peer.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Payloads that a shifted or lost piece changes, as ASCII and as any bytes. */
const TEXT_CONTENT = pattern((at) => 32 + at % 95);
const BINARY_CONTENT = pattern((at) => (at + 255) & 255);

function pattern(byteOf: (at: number) => number): Uint8Array {
  const bytes = new Uint8Array(16 * MIB);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = byteOf(at * 31 + (at >> 8));
  }
  return bytes;
}

function content(opcode: number, size: number): Uint8Array {
  const bytes = opcode === TEXT ? TEXT_CONTENT : BINARY_CONTENT;
  return bytes.subarray(0, size);
}

function whole(id: string, opcode: number, size: number, chop?: number): Case {
  const payload = content(opcode, size);
  return {
    id,
    send: [{ opcode, payload }],
    answers: [[opcode, payload]],
    chop,
  };
}

function inFragments(
  id: string,
  opcode: number,
  size: number,
  piece: number,
): Case {
  const payload = content(opcode, size);
  const send: FrameSpec[] = [];
  for (let at = 0; at < size; at += piece) {
    send.push({
      opcode: at === 0 ? opcode : CONTINUATION,
      payload: payload.subarray(at, at + piece),
      fin: at + piece >= size,
    });
  }
  return { id, send, answers: [[opcode, payload]] };
}

function repeated(id: string, opcode: number, size: number): Case {
  const payload = content(opcode, size);
  return {
    id,
    send: Array.from({ length: 1000 }, () => ({ opcode, payload })),
    answers: Array.from({ length: 1000 }, () => [opcode, payload] as const),
  };
}

/** The cases of a group for text, and those of the next one for bytes. */
function forBoth(
  groups: readonly [string, string],
  sizes: readonly number[],
  make: (id: string, opcode: number, size: number) => Case,
): Case[] {
  return [TEXT, BINARY].flatMap((opcode, index) =>
    sizes.map((size, at) => make(`${groups[index]}.${at + 1}`, opcode, size))
  );
}

testGroup(
  "groups 9.1 and 9.2, large messages",
  forBoth(
    ["9.1", "9.2"],
    [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB],
    whole,
  ),
);

testGroup(
  "groups 9.3 and 9.4, large messages in fragments",
  forBoth(
    ["9.3", "9.4"],
    Array.from({ length: 9 }, (_, at) => 64 * 4 ** at),
    (id, opcode, piece) => inFragments(id, opcode, 4 * MIB, piece),
  ),
);

testGroup(
  "groups 9.5 and 9.6, a large message in small pieces",
  forBoth(
    ["9.5", "9.6"],
    Array.from({ length: 6 }, (_, at) => 64 * 2 ** at),
    (id, opcode, chop) => whole(id, opcode, MIB, chop),
  ),
);

testGroup(
  "groups 9.7 and 9.8, a thousand messages of each size",
  forBoth(["9.7", "9.8"], [0, 16, 64, 256, KIB, 4 * KIB], repeated),
);
