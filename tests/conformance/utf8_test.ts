import { type Case, testGroup } from "./_cases.ts";
import { CONTINUATION, type FrameSpec, PING, PONG, TEXT } from "./_raw_peer.ts";

/** Bytes given as hexadecimal digits, blanks ignored. */
function hex(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits.replaceAll(" ", ""));
}

/** How many bytes it takes to see that they are no UTF-8, if they aren't. */
function badLength(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length; at++) {
    try {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    } catch {
      return at + 1;
    }
  }
  return undefined;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes as a message of one-byte fragments. */
function fragments(bytes: Uint8Array): FrameSpec[] {
  return Array.from(bytes, (_, at) => ({
    opcode: at === 0 ? TEXT : CONTINUATION,
    payload: bytes.subarray(at, at + 1),
    fin: at === bytes.length - 1,
  }));
}

/**
 * A sequence as one frame, as fragments of a byte, and, if it is bad, as no more
 * of either than it takes to see so: what is behind is never sent.
 */
function sequence(id: string, bytes: Uint8Array): Case[] {
  const whole = [{ opcode: TEXT, payload: bytes }];
  if (isUtf8(bytes)) {
    const answers = [[TEXT, bytes]] as const;
    return [
      { id, send: whole, answers },
      { id: `${id} in fragments`, send: fragments(bytes), answers },
      { id: `${id} byte by byte`, send: whole, answers, chop: 1 },
    ];
  }
  const cut = badLength(bytes);
  const cases: Case[] = [
    { id, send: whole, fails: 1007 },
    { id: `${id} in fragments`, send: fragments(bytes), fails: 1007 },
  ];
  if (cut === undefined) return cases;
  const head = { opcode: TEXT, payload: bytes, cut };
  const length = bytes.length + 1000;
  return [
    ...cases,
    {
      id: `${id} up to the bad byte of a fragment`,
      send: fragments(bytes).slice(0, cut).map((f) => ({ ...f, fin: false })),
      fails: 1007,
    },
    {
      id: `${id} up to the bad byte of a frame`,
      send: [{ ...head, length }],
      fails: 1007,
    },
    {
      id: `${id} up to the bad byte, byte by byte`,
      send: [{ ...head, length }],
      chop: 1,
      fails: 1007,
    },
  ];
}

/** A fragment that is good so far, and the one that fails the connection. */
function failsWith(id: string, good: string, bad: string): Case {
  return {
    id,
    send: [
      { opcode: TEXT, payload: hex(good), fin: false },
      { opcode: PING, payload: "still there?" },
    ],
    answers: [[PONG, "still there?"]],
    later: {
      send: [{ opcode: CONTINUATION, payload: hex(bad), fin: false }],
    },
    fails: 1007,
  };
}

const empty = { opcode: TEXT, payload: "" };
const greek = "cebae1bdb9cf83cebccebc";
const kosme = "cebae1bdb9cf83cebcceb5";
const edited = "656469746564";
const mixed = "Hello-µ@ßöäüàá-UTF-8!!";
const mixedBytes = new TextEncoder().encode(mixed);

testGroup("groups 6.1 to 6.4, text and its checks on the way", [
  { id: "6.1.1", send: [empty], answers: [[TEXT, ""]] },
  {
    id: "6.1.2",
    send: [
      { ...empty, fin: false },
      { opcode: CONTINUATION, fin: false },
      { opcode: CONTINUATION },
    ],
    answers: [[TEXT, ""]],
  },
  {
    id: "6.1.3",
    send: [
      { ...empty, fin: false },
      { opcode: CONTINUATION, payload: "middle", fin: false },
      { opcode: CONTINUATION },
    ],
    answers: [[TEXT, "middle"]],
  },
  ...sequence("6.2.1", mixedBytes),
  {
    id: "6.2.2",
    send: [
      { opcode: TEXT, payload: mixedBytes.subarray(0, 12), fin: false },
      { opcode: CONTINUATION, payload: mixedBytes.subarray(12) },
    ],
    answers: [[TEXT, mixed]],
  },
  ...sequence("6.2.4", hex(greek)),
  ...sequence("6.3.1", hex(`${kosme} eda080 ${edited}`)),
  failsWith("6.4.1", kosme, "f4908080"),
  failsWith("6.4.2", `${kosme} f4`, "90"),
  ...sequence("6.4.3", hex(`${kosme} f4908080 ${edited}`)),
]);

/** Markus Kuhn's stress test, by the numbers of the suite. */
const SEQUENCES: Record<string, readonly string[]> = {
  "6.5": [
    "68656c6c6f 24 776f726c64",
    "68656c6c6f c2a2 776f726c64",
    "68656c6c6f e282ac 776f726c64",
    "68656c6c6f f0a4ada2 776f726c64",
    kosme,
  ],
  "6.6": Array.from({ length: 11 }, (_, at) => kosme.slice(0, 2 * at + 2)),
  "6.7": ["00", "c280", "e0a080", "f0908080"],
  "6.8": ["f888808080", "fc8480808080"],
  "6.9": ["7f", "dfbf", "efbfbf", "f48fbfbf"],
  "6.10": ["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"],
  "6.11": ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "f4908080"],
  "6.12": [
    ...["80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80"],
    "80bf80bf80bf",
    Uint8Array.from({ length: 64 }, (_, at) => 0x80 + at).toHex(),
  ],
  "6.13": [[0xc0, 32], [0xe0, 16], [0xf0, 8], [0xf8, 4], [0xfc, 2]].map(
    ([first, count]) =>
      Array.from({ length: count }, (_, at) => (first + at).toString(16))
        .join("20") + "20",
  ),
  "6.14": [
    ...["c0", "e080", "f08080", "f8808080", "fc80808080"],
    ...["df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"],
  ],
  "6.15": [
    "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf",
  ],
  "6.16": ["fe", "ff", "fefeffff"],
  "6.17": ["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"],
  "6.18": ["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"],
  "6.19": ["c080", "e08080", "f0808080", "f880808080", "fc8080808080"],
  "6.20": [
    ...["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80"],
    "edbfbf",
  ],
  "6.21": ["eda080", "edadbf", "edae80", "edafbf"].flatMap((high) => [
    `${high} edb080`,
    `${high} edbfbf`,
  ]),
  "6.22": [
    ...["efbfbe", "efbfbf", "f09fbfbe", "f09fbfbf", "f0afbfbe", "f0afbfbf"],
    ...["f0bfbfbe", "f0bfbfbf", "f18fbfbe", "f18fbfbf", "f19fbfbe"],
    ...["f19fbfbf", "f1afbfbe", "f1afbfbf", "f1bfbfbe", "f1bfbfbf"],
    ...["f28fbfbe", "f28fbfbf", "f29fbfbe", "f29fbfbf", "f2afbfbe"],
    ...["f2afbfbf", "f2bfbfbe", "f2bfbfbf", "f38fbfbe", "f38fbfbf"],
    ...["f39fbfbe", "f39fbfbf", "f3afbfbe", "f3afbfbf", "f3bfbfbe"],
    ...["f3bfbfbf", "f48fbfbe", "f48fbfbf"],
  ],
  "6.23": [
    ...["efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe"],
    "efbfbf",
  ],
};

testGroup(
  "groups 6.5 to 6.23, each sequence of a UTF-8 stress test",
  Object.entries(SEQUENCES).flatMap(([group, list]) =>
    list.flatMap((digits, at) => sequence(`${group}.${at + 1}`, hex(digits)))
  ),
);
