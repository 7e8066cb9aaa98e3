import { type Case, testGroup } from "./_cases.ts";
import { CONTINUATION, type FrameSpec, PING, PONG, TEXT } from "./_raw_peer.ts";

const begin = (payload: string): FrameSpec => ({
  opcode: TEXT,
  payload,
  fin: false,
});
const middle = (payload: string): FrameSpec => ({
  opcode: CONTINUATION,
  payload,
  fin: false,
});
const last = (payload: string): FrameSpec => ({
  opcode: CONTINUATION,
  payload,
});
const ping = (payload: string): FrameSpec => ({ opcode: PING, payload });
const text = (payload: string): FrameSpec => ({ opcode: TEXT, payload });

/** The same frames at once, frame by frame, and byte by byte. */
function threeWays(
  ids: readonly [string, string, string],
  rest: Omit<Case, "id">,
): Case[] {
  return [
    { id: ids[0], ...rest },
    { id: ids[1], ...rest, chop: "frames" },
    { id: ids[2], ...rest, chop: 1 },
  ];
}

const fiveParts: Omit<Case, "id"> = {
  send: [
    begin("fragment1"),
    middle("fragment2"),
    ping("pongme 1!"),
  ],
  answers: [[PONG, "pongme 1!"]],
  later: {
    send: [
      middle("fragment3"),
      middle("fragment4"),
      ping("pongme 2!"),
      last("fragment5"),
    ],
    answers: [
      [PONG, "pongme 2!"],
      [TEXT, "fragment1fragment2fragment3fragment4fragment5"],
    ],
  },
};

/** Frames that come twice. */
function twice(...frames: readonly FrameSpec[]): readonly FrameSpec[] {
  return [...frames, ...frames];
}

testGroup("group 5, fragmentation", [
  {
    id: "5.1",
    send: [
      { opcode: PING, payload: "fragment1", fin: false },
      last("fragment2"),
    ],
    fails: 1002,
  },
  {
    id: "5.2",
    send: [
      { opcode: PONG, payload: "fragment1", fin: false },
      last("fragment2"),
    ],
    fails: 1002,
  },
  ...threeWays(["5.3", "5.4", "5.5"], {
    send: [begin("fragment1"), last("fragment2")],
    answers: [[TEXT, "fragment1fragment2"]],
  }),
  ...threeWays(["5.6", "5.7", "5.8"], {
    send: [begin("fragment1"), ping("ping"), last("fragment2")],
    answers: [[PONG, "ping"], [TEXT, "fragment1fragment2"]],
  }),
  ...threeWays(["5.9", "5.10", "5.11"], {
    send: [last("nothing to continue"), text("Hello, world!")],
    fails: 1002,
  }),
  ...threeWays(["5.12", "5.13", "5.14"], {
    send: [middle("nothing to continue"), text("Hello, world!")],
    fails: 1002,
  }),
  {
    id: "5.15",
    send: [
      begin("fragment1"),
      last("fragment2"),
      middle("fragment3"),
      text("fragment4"),
    ],
    answers: [[TEXT, "fragment1fragment2"]],
    fails: 1002,
  },
  {
    id: "5.16",
    send: twice(middle("fragment1"), begin("fragment2"), last("fragment3")),
    fails: 1002,
  },
  {
    id: "5.17",
    send: twice(last("fragment1"), begin("fragment2"), last("fragment3")),
    fails: 1002,
  },
  {
    id: "5.18",
    send: [begin("fragment1"), text("fragment2")],
    fails: 1002,
  },
  { id: "5.19", ...fiveParts },
  { id: "5.20", ...fiveParts, chop: "frames" },
]);

testGroup("group 10, a message in many fragments", [{
  id: "10.1.1",
  send: Array.from({ length: Math.ceil(65536 / 1300) }, (_, index) => ({
    opcode: index === 0 ? TEXT : CONTINUATION,
    payload: "*".repeat(Math.min(1300, 65536 - index * 1300)),
    fin: (index + 1) * 1300 >= 65536,
  })),
  answers: [[TEXT, "*".repeat(65536)]],
}]);
