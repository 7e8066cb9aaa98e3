import { type Case, testGroup } from "./_cases.ts";
import {
  CLOSE,
  closeBytes,
  CONTINUATION,
  type FrameSpec,
  PING,
  TEXT,
} from "./_raw_peer.ts";

const normal: FrameSpec = { opcode: CLOSE, payload: closeBytes(1000) };
const closes = closeBytes(1000);
const large = "BAsd7&jh".repeat(2 ** 15);

testGroup("groups 7.1 to 7.5, the closing handshake", [
  {
    id: "7.1.1",
    send: [{ opcode: TEXT, payload: "Hello World!" }],
    answers: [[TEXT, "Hello World!"]],
  },
  { id: "7.1.2", send: [normal, normal], closes },
  { id: "7.1.3", send: [normal, { opcode: PING }], closes },
  { id: "7.1.4", send: [normal, { opcode: TEXT, payload: "late" }], closes },
  {
    id: "7.1.5",
    send: [
      { opcode: TEXT, payload: "fragment1", fin: false },
      normal,
      { opcode: CONTINUATION, payload: "fragment2" },
    ],
    closes,
  },
  {
    id: "7.1.6",
    send: [
      { opcode: TEXT, payload: large },
      { opcode: TEXT, payload: "Hello World!" },
      normal,
      { opcode: PING },
    ],
    answers: [[TEXT, large], [TEXT, "Hello World!"]],
    closes,
  },
  { id: "7.3.1", send: [{ opcode: CLOSE }], closes: new Uint8Array(0) },
  {
    id: "7.3.2",
    send: [{ opcode: CLOSE, payload: Uint8Array.of(3) }],
    fails: 1002,
  },
  { id: "7.3.3", send: [normal], closes },
  ...["Hello World!", "*".repeat(123)].map((reason, at): Case => ({
    id: `7.3.${at + 4}`,
    send: [{ opcode: CLOSE, payload: closeBytes(1000, reason) }],
    closes: closeBytes(1000, reason),
  })),
  {
    id: "7.3.6",
    send: [{ opcode: CLOSE, payload: closeBytes(1000, "*".repeat(124)) }],
    fails: 1002,
  },
  {
    id: "7.5.1",
    send: [{
      opcode: CLOSE,
      payload: closeBytes(
        1000,
        Uint8Array.fromHex("cebae1bdb9cf83cebccebceda080656469746564"),
      ),
    }],
    fails: 1007,
  },
]);

const GOOD = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013],
  ...[1014, 3000, 3999, 4000, 4999],
];
const BAD = [
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000],
  65535,
];

testGroup("groups 7.7, 7.9 and 7.13, close codes", [
  ...GOOD.map((code): Case => ({
    id: `7.7 ${code}`,
    send: [{ opcode: CLOSE, payload: closeBytes(code) }],
    closes: closeBytes(code),
  })),
  ...BAD.map((code): Case => ({
    id: `7.9 ${code}`,
    send: [{ opcode: CLOSE, payload: closeBytes(code) }],
    fails: 1002,
  })),
]);
