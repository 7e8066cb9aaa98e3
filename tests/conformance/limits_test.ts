import { type Case, testGroup } from "./_cases.ts";
import { BINARY, CONTINUATION, type FrameSpec, TEXT } from "./_raw_peer.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** A payload that a shifted or lost piece changes. */
function content(opcode: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = 32 + (at * 31 + (at >> 8)) % 95;
  if (opcode === BINARY && size > 0) bytes[0] = 0xff;
  return bytes;
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

function inFragments(id: string, opcode: number, size: number, piece: number) {
  const payload = content(opcode, size);
  const send: FrameSpec[] = [];
  for (let at = 0; at < size; at += piece) {
    send.push({
      opcode: at === 0 ? opcode : CONTINUATION,
      payload: payload.subarray(at, at + piece),
      fin: at + piece >= size,
    });
  }
  return { id, send, answers: [[opcode, payload] as const] };
}

function repeated(id: string, opcode: number, size: number): Case {
  const payload = content(opcode, size);
  return {
    id,
    send: Array.from({ length: 1000 }, () => ({ opcode, payload })),
    answers: Array.from({ length: 1000 }, () => [opcode, payload] as const),
  };
}

testGroup("groups 9.1 and 9.2, large messages", [
  whole("9.1.1", TEXT, 64 * KIB),
  whole("9.1.2", TEXT, 256 * KIB),
  whole("9.1.3", TEXT, MIB),
  whole("9.1.4", TEXT, 4 * MIB),
  whole("9.2.1", BINARY, 64 * KIB),
  whole("9.2.2", BINARY, 256 * KIB),
  whole("9.2.3", BINARY, MIB),
  whole("9.2.6", BINARY, 16 * MIB),
]);

testGroup("groups 9.3 and 9.4, large messages in fragments", [
  inFragments("9.3.1", TEXT, 256 * KIB, 64),
  inFragments("9.3.3", TEXT, 256 * KIB, KIB),
  inFragments("9.3.7", TEXT, 512 * KIB, 256 * KIB),
  inFragments("9.4.1", BINARY, 256 * KIB, 64),
  inFragments("9.4.5", BINARY, 512 * KIB, 16 * KIB),
]);

testGroup("groups 9.5 and 9.6, a large message in small pieces", [
  whole("9.5.1", TEXT, 64 * KIB, 64),
  whole("9.5.5", TEXT, 256 * KIB, KIB),
  whole("9.6.1", BINARY, 64 * KIB, 64),
  whole("9.6.6", BINARY, 256 * KIB, 2 * KIB),
]);

testGroup("groups 9.7 and 9.8, a thousand messages of each size", [
  ...[0, 16, 64, 256, KIB, 4 * KIB].flatMap((size, at) => [
    repeated(`9.7.${at + 1}`, TEXT, size),
    repeated(`9.8.${at + 1}`, BINARY, size),
  ]),
]);
