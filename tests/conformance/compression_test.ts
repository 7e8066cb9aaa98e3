import { assert, assertEquals } from "@std/assert";
import type { DeflateOptions } from "../../websocket/_deflate_negotiation.ts";
import { assertBytes, echo, WIDE } from "./_cases.ts";
import { openEnds, type Side } from "./_ends.ts";
import { RawDeflate, type RawDeflateOptions } from "./_raw_deflate.ts";
import {
  BINARY,
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
  [4 * KIB, 20, 0],
  [16 * KIB, 10, 0],
  [64 * KIB, 4, 0],
  [128 * KIB, 2, 0],
  [8 * KIB, 10, 256],
  [32 * KIB, 4, 256],
  [128 * KIB, 2, 4 * KIB],
  [128 * KIB, 2, 32 * KIB],
];

/** What is sent, from text that repeats much to bytes that never do. */
const CONTENTS: Record<string, () => Iterator<number>> = {
  *"text of words"() {
    const words = "der Geist der stets verneint und das mit Recht ".split(" ");
    for (let at = 1;; at = (at * 48271) % 2147483647) {
      for (const letter of `${words[at % words.length]} `) {
        yield letter.charCodeAt(0);
      }
    }
  },
  *"JSON"() {
    for (let at = 0;; at++) {
      const text = `{"id":${at},"tags":["a${at % 7}","b"],"on":${at % 2}},`;
      for (const letter of text) yield letter.charCodeAt(0);
    }
  },
  *"bytes of a picture"() {
    for (let at = 0;; at++) yield (at * at >> 9) & 0xff;
  },
  *"noise"() {
    for (let at = 1;; at = (at * 48271) % 2147483647) yield at & 0xff;
  },
};

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
const SETTINGS: readonly Setting[] = [
  {
    name: "13.1, defaults",
    deflate: {},
    offer: `${NAME}; client_max_window_bits`,
    answer: NAME,
  },
  {
    name: "13.2, no context takeover",
    deflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    offer: `${NAME}; server_no_context_takeover; client_no_context_takeover`,
    answer: `${NAME}; server_no_context_takeover; client_no_context_takeover`,
    clientTakeover: false,
    serverTakeover: false,
  },
  {
    name: "13.3, a window of 9 bits",
    deflate: { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
    offer: `${NAME}; client_max_window_bits=9; server_max_window_bits=9`,
    answer: `${NAME}; server_max_window_bits=9; client_max_window_bits=9`,
    clientBits: 9,
    serverBits: 9,
  },
  {
    name: "13.4, a window of 15 bits",
    deflate: { serverMaxWindowBits: 15 },
    offer: `${NAME}; server_max_window_bits=15`,
    answer: `${NAME}; server_max_window_bits=15`,
  },
  {
    name: "13.5, a window of 8 bits without takeover by the server",
    deflate: { serverNoContextTakeover: true, serverMaxWindowBits: 8 },
    offer: `${NAME}; server_no_context_takeover; server_max_window_bits=8`,
    answer: `${NAME}; server_no_context_takeover; server_max_window_bits=8`,
    serverTakeover: false,
    serverBits: 8,
  },
  {
    name: "13.6, a window of 15 bits without takeover by the client",
    deflate: { clientNoContextTakeover: true },
    offer: `${NAME}; client_no_context_takeover; client_max_window_bits=15`,
    answer: `${NAME}; client_no_context_takeover`,
    clientTakeover: false,
  },
  {
    name: "13.7, the second of several offers",
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

async function exchange(
  side: Side,
  setting: Setting,
  content: Iterator<number>,
  opcode: number,
): Promise<void> {
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
      const message = Uint8Array.from(
        { length: size },
        () => content.next().value,
      );
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
  for (const [index, content] of Object.keys(CONTENTS).entries()) {
    Deno.test(`a ${side} passes group 12.${index + 1}, compression of ${content}`, async () => {
      const isBinary = index >= 2;
      await exchange(
        side,
        SETTINGS[0],
        CONTENTS[content](),
        isBinary ? BINARY : TEXT,
      );
    });
  }
  for (const setting of SETTINGS) {
    Deno.test(`a ${side} passes group ${setting.name}`, async () => {
      await exchange(side, setting, CONTENTS["JSON"](), TEXT);
    });
  }
}
