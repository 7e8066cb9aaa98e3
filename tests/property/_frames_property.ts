import { CloseCode } from "../../websocket/close_code.ts";
import type {
  DataOpcode,
  MessageInflater,
} from "../../websocket/frame/_frame_handler.ts";
import { FrameParser } from "../../websocket/frame/_frame_parser.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import {
  concat,
  type Event,
  frame,
  hex,
  Recorder,
} from "../websocket/support/_frames.ts";
import { cut, type Cuts, randomCuts, toBytes, toNumbers } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";
import { judgeUtf8, randomUtf8 } from "./_utf8_property.ts";

const MAX_MESSAGE_SIZE = 3000;
const MAX_FRAGMENTS = 6;

type FrameCase = {
  opcode: number;
  payload: number[];
  fin: boolean;
  rsv: number;
  /** Four bytes; none is no mask. */
  mask: number[];
  /** The form of the length, 0 for the shortest. */
  form: number;
  /** How much more is announced than comes. */
  excess: number;
};

type FramesCase = {
  isServer: boolean;
  deflates: boolean;
  textAsBytes: boolean;
  frames: FrameCase[];
  cuts: Cuts;
  /** After which events the parser is paused. */
  pauses: boolean[];
  /** From which length on a frame is left until it is whole, 0 for the default. */
  wholeFrom: number;
};

/** Every byte of a message twice. */
function double(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: bytes.length * 2 },
    (_, at) => bytes[at >> 1],
  );
}

/** A stand-in for compression. */
const DOUBLING: MessageInflater = {
  inflate(message, maxSize) {
    if (message.length * 2 <= maxSize) return double(message);
    throw new ProtocolError(CloseCode.messageTooBig, "Message too large");
  },
};

/** A sequence of frames, most of them good. */
function randomFrames(random: Random, isMasked: boolean): FrameCase[] {
  const frames: FrameCase[] = [];
  let isOpen = false;
  for (let count = random.int(1, 10); count > 0; count--) {
    const isControl = random.chance(0.2);
    const fin = isControl || random.chance(0.6);
    const length = random.pick(
      isControl ? [0, 5, 40] : [0, 0, 3, 3, 30, 30, 200, 1000],
    );
    const text = random.chance(0.9);
    const payload = text
      ? toNumbers(new TextEncoder().encode(random.text(length)))
      : randomUtf8(random, length);
    const item: FrameCase = {
      opcode: isControl
        ? random.pick([9, 10])
        : isOpen
        ? 0
        : random.pick([1, 2]),
      payload: isControl ? payload.slice(0, 125) : payload,
      fin,
      rsv: 0,
      mask: isMasked !== random.chance(0.01) ? toNumbers(random.bytes(4)) : [],
      form: 0,
      excess: 0,
    };
    if (random.chance(0.05)) item.rsv = random.int(1, 7);
    if (random.chance(0.1)) item.rsv = 4;
    if (random.chance(0.02)) item.opcode = random.int(0, 15);
    if (random.chance(0.02)) item.fin = !fin;
    if (random.chance(0.02)) item.form = random.pick([16, 64]);
    if (random.chance(0.02)) item.excess = random.pick([1, 2 ** 20, 2 ** 40]);
    if (random.chance(0.03)) {
      item.opcode = 8;
      item.payload = [3, random.pick([231, 232, 233, 237, 255]), ...payload];
    }
    if (!isControl) isOpen = !fin;
    frames.push(item);
  }
  return frames;
}

function shortestForm(length: number): 7 | 16 | 64 {
  return length < 126 ? 7 : length < 65536 ? 16 : 64;
}

/** The form of the length: that asked for, if it can say so much. */
function formOf(item: FrameCase): 7 | 16 | 64 {
  const shortest = shortestForm(item.payload.length + Math.max(0, item.excess));
  if (item.form === 64) return 64;
  return item.form === 16 && shortest === 7 ? 16 : shortest;
}

function encodeFrame(item: FrameCase): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0] = item.mask;
  const payload = toBytes(item.payload);
  return frame({
    opcode: item.opcode & 15,
    payload,
    fin: item.fin,
    rsv: item.rsv & 7,
    mask: item.mask.length > 0
      ? [a & 255, b & 255, c & 255, d & 255]
      : undefined,
    lengthForm: formOf(item),
    length: payload.length + Math.max(0, item.excess),
  });
}

/** What has come of the frames so far, and whether nothing can follow. */
class Model {
  readonly events: Event[] = [];
  readonly #case: FramesCase;
  #opcode = 0;
  #isCompressed = false;
  #fragments = 0;
  #message: Uint8Array = new Uint8Array(0);

  constructor(frames: FramesCase) {
    this.#case = frames;
  }

  /** Takes a frame, and tells whether more may follow. */
  take(item: FrameCase): boolean {
    const opcode = item.opcode & 15;
    const rsv = item.rsv & 7;
    const payload = toBytes(item.payload);
    const excess = Math.max(0, item.excess);
    const length = payload.length + excess;
    const isControl = opcode >= 8;
    const isKnown = [0, 1, 2, 8, 9, 10].includes(opcode);
    if ((item.mask.length > 0) !== this.#case.isServer) return this.#fail(1002);
    if ((rsv & 3) !== 0 || !isKnown) return this.#fail(1002);
    if (isControl && (length > 125 || !item.fin)) return this.#fail(1002);
    if (formOf(item) > shortestForm(length)) return this.#fail(1002);
    if (isControl) {
      if (rsv !== 0) return this.#fail(1002);
      return excess === 0 && this.#control(opcode, payload);
    }
    if (rsv !== 0 && (!this.#case.deflates || opcode === 0)) {
      return this.#fail(1002);
    }
    if ((opcode === 0) !== (this.#opcode !== 0)) return this.#fail(1002);
    if (this.#fragments >= MAX_FRAGMENTS) return this.#fail(1008);
    if (opcode !== 0) this.#isCompressed = rsv !== 0;
    const slack = this.#isCompressed ? (MAX_MESSAGE_SIZE >> 10) + 64 : 0;
    if (this.#message.length + length > MAX_MESSAGE_SIZE + slack) {
      return this.#fail(1009);
    }
    if (opcode !== 0) this.#opcode = opcode;
    this.#fragments++;
    this.#message = concat(this.#message, payload);
    const isText = this.#opcode === 1;
    if (isText && !this.#isCompressed) {
      const [bad, isWhole] = judgeUtf8(this.#message);
      const isEnd = item.fin && excess === 0;
      if (bad !== -1 || (isEnd && !isWhole)) return this.#fail(1007);
    }
    if (excess > 0) return false;
    return !item.fin || this.#deliver(isText);
  }

  #deliver(isText: boolean): boolean {
    let message = this.#message;
    if (this.#isCompressed) {
      message = double(message);
      if (message.length > MAX_MESSAGE_SIZE) return this.#fail(1009);
      const [bad, isWhole] = judgeUtf8(message);
      if (isText && (bad !== -1 || !isWhole)) return this.#fail(1007);
    }
    this.events.push(
      isText && !this.#case.textAsBytes
        ? ["text", decode(message)]
        : ["bytes", this.#opcode as DataOpcode, hex(message)],
    );
    this.#opcode = 0;
    this.#fragments = 0;
    this.#message = new Uint8Array(0);
    return true;
  }

  #control(opcode: number, payload: Uint8Array): boolean {
    if (opcode !== 8) {
      this.events.push([opcode === 9 ? "ping" : "pong", hex(payload)]);
      return true;
    }
    if (payload.length === 0) return this.#close(1005, "");
    const code = payload[0] * 256 + (payload[1] ?? 0);
    const isGood = payload.length > 1 &&
      (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code) ||
        code >= 3000 && code <= 4999);
    if (!isGood) return this.#fail(1002);
    const reason = payload.subarray(2);
    const [bad, isWhole] = judgeUtf8(reason);
    if (bad !== -1 || !isWhole) return this.#fail(1007);
    return this.#close(code, decode(reason));
  }

  #close(code: number, reason: string): false {
    this.events.push(["close", code, reason]);
    return false;
  }

  #fail(code: number): false {
    this.events.push(["fail", code, ""]);
    return false;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function makeParser(recorder: Recorder, value: FramesCase): FrameParser {
  return new FrameParser(recorder, {
    role: value.isServer ? "server" : "client",
    textAs: value.textAsBytes ? "bytes" : "string",
    maxMessageSize: MAX_MESSAGE_SIZE,
    maxFragments: MAX_FRAGMENTS,
    inflater: value.deflates ? DOUBLING : undefined,
    wholeFrom: value.wholeFrom || undefined,
  });
}

/** What the parser makes of bytes, with the wording of failures left out. */
function parse(value: FramesCase, bytes: Uint8Array): Event[] {
  const recorder = new Recorder();
  const parser = makeParser(recorder, value);
  recorder.onEvent = (count) => {
    if (value.pauses[count % (value.pauses.length || 1)]) parser.paused = true;
  };
  let left = new Uint8Array(0);
  for (const piece of cut(bytes, value.cuts)) {
    // A buffer of its own, which is another's a moment later.
    const chunk = concat(left, piece);
    let at = 0;
    while (at < chunk.length) {
      at += parser.push(chunk.subarray(at));
      parser.paused = false;
      if (parser.need > 0) break;
    }
    left = chunk.slice(at);
    chunk.fill(0xee);
  }
  return recorder.events.map((event) =>
    event[0] === "fail" ? ["fail", event[1], ""] : event
  );
}

export const framesProperty = property<FramesCase>({
  name: "FrameParser agrees with a plain model, wherever it is cut and paused",
  runs: 2_000,
  generate: (random) => {
    const isServer = random.chance(0.6);
    return {
      isServer,
      deflates: random.chance(0.5),
      textAsBytes: random.chance(0.3),
      frames: randomFrames(random, isServer),
      cuts: randomCuts(random),
      pauses: [random.chance(0.3), random.chance(0.2), random.chance(0.1)],
      wholeFrom: random.pick([0, 1, 20, 200]),
    };
  },
  check: (value) => {
    const model = new Model(value);
    const parts: Uint8Array[] = [];
    for (const item of value.frames) {
      parts.push(encodeFrame(item));
      if (!model.take(item)) break;
    }
    assertSame(parse(value, concat(...parts)), model.events);
  },
});

type NoiseCase = {
  isServer: boolean;
  bytes: number[];
  cuts: Cuts;
  wholeFrom: number;
};

export const frameNoiseProperty = property<NoiseCase>({
  name: "FrameParser makes the same of any bytes, whole and cut",
  runs: 5_000,
  generate: (random) => {
    const isServer = random.chance(0.5);
    const bytes = toNumbers(random.bytes(random.below(200)));
    // Starts that get further than pure noise does.
    for (let at = 0; at + 1 < bytes.length; at += random.int(2, 40)) {
      bytes[at] = random.pick([0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x88]);
      bytes[at + 1] = (isServer ? 0x80 : 0) |
        random.pick([0, 1, 2, 20, 126, 127]);
    }
    const wholeFrom = random.pick([0, 0, 1, 100]);
    return { isServer, bytes, cuts: randomCuts(random), wholeFrom };
  },
  check: ({ isServer, bytes, cuts, wholeFrom }) => {
    const value = {
      isServer,
      cuts,
      deflates: true,
      textAsBytes: false,
      frames: [],
      pauses: [],
      wholeFrom,
    };
    const whole = parse({ ...value, cuts: [] }, toBytes(bytes));
    assertSame(parse(value, toBytes(bytes)), whole);
  },
});
