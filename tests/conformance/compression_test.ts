import { assert, assertEquals } from "@std/assert";
import type { DeflateOptions } from "../../websocket/deflate/_deflate_negotiation.ts";
import { assertBytes, echo, WIDE } from "./_cases.ts";
import { type Content, CONTENTS, json, take } from "./_contents.ts";
import { openEnds, type Side } from "./_ends.ts";
import { RawDeflate, type RawDeflateOptions } from "./_raw_deflate.ts";
import {
  CLOSE,
  closeBytes,
  CONTINUATION,
  type FrameSpec,
  TEXT,
} from "./_raw_peer.ts";

const KIB = 1024;

/** Sizes of messages, how many of each, and of fragments; 0 for none. */
const SIZES: ReadonlyArray<
  readonly [size: number, count: number, piece: number]
> = [
  [0, 3, 0],
  [16, 1000, 0],
  [64, 100, 0],
  [256, 100, 0],
  [KIB, 30, 0],
  [4 * KIB, 10, 0],
  [8 * KIB, 10, 0],
  [16 * KIB, 5, 0],
  [32 * KIB, 3, 0],
  [64 * KIB, 2, 0],
  [128 * KIB, 2, 0],
  [8 * KIB, 5, 256],
  [16 * KIB, 3, 256],
  [32 * KIB, 2, 256],
  [64 * KIB, 1, 256],
  [128 * KIB, 1, 256],
  [128 * KIB, 1, KIB],
  [128 * KIB, 1, 4 * KIB],
  [128 * KIB, 1, 32 * KIB],
];

/** The peer's extensions by side, what is agreed on, and what to look for. */
interface Setting {
  readonly name: string;
  /** Options of our side. */
  readonly deflate: DeflateOptions;
  /** What the raw client offers, and what is answered. */
  readonly offer: string;
  readonly answer: string;
  /** How each direction is compressed, seen from the client. */
  readonly clientTakeover?: boolean;
  readonly serverTakeover?: boolean;
  readonly clientBits?: number;
  readonly serverBits?: number;
}

const NAME = "permessage-deflate";

/** What the suite asks the peer of its choice for, its own side's aside. */
const ASKED: ReadonlyArray<
  readonly [name: string, takeover: boolean, bits: number | undefined]
> = [
  ["13.1, defaults", true, undefined],
  ["13.2, no context takeover", false, undefined],
  ["13.3, a window of 8 bits", true, 8],
  ["13.4, a window of 15 bits", true, 15],
  ["13.5, a window of 8 bits and no context takeover", false, 8],
  ["13.6, a window of 15 bits and no context takeover", false, 15],
];

/** Parameters that ask one side. */
function asking(
  side: Side,
  takeover: boolean,
  bits: number | undefined,
): [noTakeover: string, window: string] {
  return [
    takeover ? "" : `; ${side}_no_context_takeover`,
    bits === undefined ? "" : `; ${side}_max_window_bits=${bits}`,
  ];
}

/** The suite's client allows all, and asks the server. */
const HINTS = "; client_no_context_takeover";
const OFFER = `${NAME}${HINTS}; client_max_window_bits`;
const toServer = ASKED.map(([name, takeover, bits]): Setting => {
  const [noTakeover, window] = asking("server", takeover, bits);
  return {
    name,
    deflate: {},
    offer: OFFER + noTakeover + window,
    answer: NAME + noTakeover + HINTS + window,
    clientTakeover: false,
    serverTakeover: takeover,
    serverBits: bits,
  };
});

/** The suite's server asks the client. */
const toClient = ASKED.map(([name, takeover, bits]): Setting => ({
  name,
  deflate: {},
  offer: `${NAME}; client_max_window_bits`,
  answer: NAME + asking("client", takeover, bits).join(""),
  clientTakeover: takeover,
  clientBits: bits,
}));

const SUITE_SETTINGS: Record<Side, readonly Setting[]> = {
  server: [...toServer, {
    ...toServer[4],
    name: "13.7, the first of three offers",
    offer: [toServer[4], toServer[1], toServer[0]]
      .map(({ offer }) => offer).join(", "),
  }],
  client: [...toClient, {
    ...toClient[4],
    name: "13.7, the first that the server would like",
  }],
};

/** What the suite does not try. */
const OTHER_SETTINGS: readonly Setting[] = [
  {
    name: "no parameters but a hint",
    deflate: {},
    offer: `${NAME}; client_max_window_bits`,
    answer: NAME,
  },
  {
    name: "no context takeover on either side",
    deflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    offer: `${NAME}; server_no_context_takeover; client_no_context_takeover`,
    answer: `${NAME}; server_no_context_takeover; client_no_context_takeover`,
    clientTakeover: false,
    serverTakeover: false,
  },
  {
    name: "a window of 9 bits on both sides",
    deflate: { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
    offer: `${NAME}; client_max_window_bits=9; server_max_window_bits=9`,
    answer: `${NAME}; server_max_window_bits=9; client_max_window_bits=9`,
    clientBits: 9,
    serverBits: 9,
  },
  {
    name: "a hint of 15 bits",
    deflate: { clientNoContextTakeover: true },
    offer: `${NAME}; client_no_context_takeover; client_max_window_bits=15`,
    answer: `${NAME}; client_no_context_takeover`,
    clientTakeover: false,
  },
  {
    name: "the first offer that is well formed",
    deflate: {},
    offer: `${NAME}; server_max_window_bits=7, x-unknown, ` +
      `${NAME}; server_no_context_takeover, ${NAME}`,
    answer: `${NAME}; server_no_context_takeover`,
    serverTakeover: false,
  },
];

function peerDeflate(side: Side, setting: Setting): RawDeflateOptions {
  const { clientTakeover, serverTakeover, clientBits, serverBits } = setting;
  const client = { takeover: clientTakeover, bits: clientBits };
  const server = { takeover: serverTakeover, bits: serverBits };
  const [send, receive] = side === "server"
    ? [client, server]
    : [server, client];
  return {
    sendTakeover: send.takeover,
    sendBits: send.bits,
    receiveTakeover: receive.takeover,
    receiveBits: receive.bits,
  };
}

function frames(
  opcode: number,
  payload: Uint8Array,
  piece: number,
): FrameSpec[] {
  const size = piece === 0 ? Math.max(payload.length, 1) : piece;
  const specs: FrameSpec[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    specs.push({
      opcode: at === 0 ? opcode : CONTINUATION,
      rsv: at === 0 ? 4 : 0,
      payload: payload.subarray(at, at + size),
      fin: at + size >= payload.length,
    });
  }
  return specs;
}

const made = new Map<Content, readonly Uint8Array[]>();

/** All messages of a content, in the order of the sizes: the same in each test. */
function messagesOf(content: Content, opcode: number): readonly Uint8Array[] {
  const known = made.get(content);
  if (known !== undefined) return known;
  const source = content();
  const messages = SIZES.flatMap(([size, count]) =>
    Array.from({ length: count }, () => take(source, size, opcode))
  );
  made.set(content, messages);
  return messages;
}

async function exchange(
  side: Side,
  setting: Setting,
  content: Content,
  opcode: number,
): Promise<void> {
  const messages = messagesOf(content, opcode).values();
  using ends = await openEnds(side, "tcp", {
    ...WIDE,
    deflate: { ...setting.deflate, threshold: 0 },
    peerExtensions: side === "server" ? setting.offer : setting.answer,
  });
  const { socket, peer } = ends;
  assertEquals(socket.extensions, setting.answer);
  using deflate = new RawDeflate(peerDeflate(side, setting));
  const echoing = echo(socket);
  for (const [size, count, piece] of SIZES) {
    for (let index = 0; index < count; index++) {
      const message = messages.next().value ?? new Uint8Array(0);
      const compressed = await deflate.compress(message);
      await peer.sendFrames(frames(opcode, compressed, piece));
      const frame = await peer.receive();
      assert(frame !== undefined, `Ended at ${size} bytes`);
      assertEquals([frame.opcode, frame.rsv, frame.fin], [opcode, 4, true]);
      assertBytes(await deflate.inflate(frame.payload), message);
    }
  }
  await peer.sendFrame(CLOSE, closeBytes(1000));
  assertEquals((await peer.receive())?.payload, closeBytes(1000));
  peer.close();
  assertEquals((await socket.closed).code, 1000);
  await echoing;
}

for (const side of ["server", "client"] as const) {
  for (const [index, [name, opcode, content]] of CONTENTS.entries()) {
    Deno.test(`a ${side} passes group 12.${index + 1}, compression of ${name}`, async () => {
      await exchange(side, SUITE_SETTINGS[side][0], content, opcode);
    });
  }
  for (const setting of SUITE_SETTINGS[side]) {
    Deno.test(`a ${side} passes group ${setting.name}`, async () => {
      await exchange(side, setting, json, TEXT);
    });
  }
  for (const setting of OTHER_SETTINGS) {
    Deno.test(`a ${side} compresses with ${setting.name}`, async () => {
      await exchange(side, setting, json, TEXT);
    });
  }
}
