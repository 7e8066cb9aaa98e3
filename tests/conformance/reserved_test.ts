import { type Case, testGroup, WIDE } from "./_cases.ts";
import { BINARY, CLOSE, closeBytes, PING, TEXT } from "./_raw_peer.ts";

const hello = { opcode: TEXT, payload: "Hello, world!" };
const echoed = [[TEXT, "Hello, world!"]] as const;

const reservedBits: readonly Case[] = [
  { id: "3.1", send: [{ ...hello, rsv: 1 }], fails: 1002 },
  {
    id: "3.2",
    send: [hello, { ...hello, rsv: 2 }, { opcode: PING }],
    answers: echoed,
    fails: 1002,
  },
  {
    id: "3.3",
    send: [hello, { ...hello, rsv: 3 }, { opcode: PING }],
    chop: "frames",
    answers: echoed,
    fails: 1002,
  },
  {
    id: "3.4",
    send: [hello, { ...hello, rsv: 4 }, { opcode: PING }],
    chop: 1,
    answers: echoed,
    fails: 1002,
  },
  {
    id: "3.5",
    send: [{ opcode: BINARY, payload: Uint8Array.of(0, 255), rsv: 5 }],
    fails: 1002,
  },
  {
    id: "3.6",
    send: [{ opcode: BINARY, payload: "Hello, world!", rsv: 6 }],
    fails: 1002,
  },
  {
    id: "3.6 as a ping",
    send: [{ opcode: PING, payload: "Hello, world!", rsv: 6 }],
    fails: 1002,
  },
  { id: "3.7", send: [{ opcode: CLOSE, rsv: 7 }], fails: 1002 },
  {
    id: "3.7 with a code",
    send: [{ opcode: CLOSE, payload: closeBytes(1000), rsv: 7 }],
    fails: 1002,
  },
];

testGroup("group 3, reserved bits", reservedBits);
testGroup(
  "group 3, reserved bits without the compression our side would do",
  reservedBits,
  {
    ...WIDE,
    deflate: true,
  },
);

/** Five reserved opcodes, in as many surroundings. */
function opcodes(group: string, first: number): Case[] {
  return [
    { id: `${group}.1`, send: [{ opcode: first }], fails: 1002 },
    {
      id: `${group}.2`,
      send: [{ opcode: first + 1, payload: "reserved" }],
      fails: 1002,
    },
    {
      id: `${group}.3`,
      send: [hello, { opcode: first + 2 }, { opcode: PING }],
      answers: echoed,
      fails: 1002,
    },
    {
      id: `${group}.4`,
      send: [hello, { opcode: first + 3, payload: "x" }, { opcode: PING }],
      answers: echoed,
      fails: 1002,
    },
    {
      id: `${group}.5`,
      send: [hello, { opcode: first + 4, payload: "x" }, { opcode: PING }],
      chop: 1,
      answers: echoed,
      fails: 1002,
    },
  ];
}

testGroup("group 4, reserved opcodes", [
  ...opcodes("4.1", 3),
  ...opcodes("4.2", 11),
]);
