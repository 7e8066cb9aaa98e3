import { type Case, testGroup } from "./_cases.ts";
import { BINARY, PING, PONG, TEXT } from "./_raw_peer.ts";

const SIZES = [0, 125, 126, 127, 128, 65535, 65536];

/** Groups 1.1 and 1.2: one message of each size, the last one chopped too. */
function framing(group: string, opcode: number, byte: number): Case[] {
  const cases = SIZES.map((size, index): Case => {
    const payload = new Uint8Array(size).fill(byte);
    const send = [{ opcode, payload }];
    return { id: `${group}.${index + 1}`, send, answers: [[opcode, payload]] };
  });
  const { send, answers } = cases[SIZES.length - 1];
  return [...cases, { id: `${group}.8`, send, answers, chop: 997 }];
}

testGroup("group 1.1, framing of text", framing("1.1", TEXT, 0x2a));
testGroup("group 1.2, framing of bytes", framing("1.2", BINARY, 0xfe));

const odd = Uint8Array.of(0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff);
const long = new Uint8Array(125).fill(0xfe);
const ten = Array.from({ length: 10 }, (_, index) => `payload-${index}`);

/** A ping and its pong. */
function ping(
  id: string,
  payload: Uint8Array | string,
  chop?: number,
): Case {
  return {
    id,
    send: [{ opcode: PING, payload }],
    answers: [[PONG, payload]],
    chop,
  };
}

const tenPings = {
  send: ten.map((payload) => ({ opcode: PING, payload })),
  answers: ten.map((payload) => [PONG, payload] as const),
};

testGroup("group 2, pings and pongs", [
  ping("2.1", ""),
  ping("2.2", "Hello, world!"),
  ping("2.3", odd),
  ping("2.4", long),
  {
    id: "2.5",
    send: [{ opcode: PING, payload: new Uint8Array(126) }],
    fails: 1002,
  },
  ping("2.6", long, 1),
  { id: "2.7", send: [{ opcode: PONG }] },
  { id: "2.8", send: [{ opcode: PONG, payload: "unsolicited" }] },
  {
    id: "2.9",
    send: [
      { opcode: PONG, payload: "unsolicited" },
      { opcode: PING, payload: "ping" },
    ],
    answers: [[PONG, "ping"]],
  },
  { id: "2.10", ...tenPings },
  { id: "2.11", ...tenPings, chop: 1 },
]);
