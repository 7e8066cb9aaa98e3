import type {
  DataOpcode,
  FrameHandler,
  FrameParserOptions,
} from "../../../websocket/frame/_frame_handler.ts";
import { FrameParser } from "../../../websocket/frame/_frame_parser.ts";
import type { ProtocolError } from "../../../websocket/protocol_error.ts";

/** The opcodes, in their own right and not the library's. */
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const encoder = new TextEncoder();

/** A frame as bytes on the wire, right or wrong. */
export interface RawFrame {
  opcode: number;
  payload?: Uint8Array | string;
  fin?: boolean;
  /** The three reserved bits as a number. */
  rsv?: number;
  /** The masking key; unmasked without it. */
  mask?: readonly [number, number, number, number];
  /** The form of the length: the shortest if not given. */
  lengthForm?: 7 | 16 | 64;
  /** The length that is announced, if not the payload's. */
  length?: number | bigint;
}

/** A masking key that shows a missing or shifted unmasking. */
export const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

/** Bytes of text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Several byte arrays as one. */
export function concat(
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Writes a frame byte by byte, in another way than the library does. */
export function frame(raw: RawFrame): Uint8Array<ArrayBuffer> {
  const payload = typeof raw.payload === "string"
    ? utf8(raw.payload)
    : raw.payload ?? new Uint8Array(0);
  const length = BigInt(raw.length ?? payload.length);
  const form = raw.lengthForm ??
    (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const head = [
    (raw.fin === false ? 0 : 128) + (raw.rsv ?? 0) * 16 + raw.opcode,
  ];
  const masked = raw.mask ? 128 : 0;
  if (form === 7) {
    head.push(masked + Number(length));
  } else {
    head.push(masked + (form === 16 ? 126 : 127));
    for (let shift = BigInt(form) - 8n; shift >= 0n; shift -= 8n) {
      head.push(Number((length >> shift) & 255n));
    }
  }
  if (raw.mask) head.push(...raw.mask);
  const { mask } = raw;
  const body = mask
    ? payload.map((byte, index) => byte ^ mask[index % 4])
    : payload;
  return concat(Uint8Array.from(head), body);
}

/** A frame as a client sends it. */
export function masked(
  opcode: number,
  payload: Uint8Array | string = "",
  more: Partial<RawFrame> = {},
): Uint8Array<ArrayBuffer> {
  return frame({ opcode, payload, mask: MASK, ...more });
}

/** A masked frame that begins a message of several. */
export function begin(
  opcode: number,
  payload: Uint8Array | string = "",
): Uint8Array<ArrayBuffer> {
  return masked(opcode, payload, { fin: false });
}

/** A masked frame in the middle of a message. */
export function middle(
  payload: Uint8Array | string = "",
): Uint8Array<ArrayBuffer> {
  return masked(0, payload, { fin: false });
}

/** A masked frame that ends a message of several. */
export function last(
  payload: Uint8Array | string = "",
): Uint8Array<ArrayBuffer> {
  return masked(0, payload);
}

/** What a parser has told its handler. */
export type Event =
  | readonly ["text", string]
  | readonly ["bytes", DataOpcode, string]
  | readonly ["ping", string]
  | readonly ["pong", string]
  | readonly ["close", number, string]
  | readonly ["fail", number, string];

/** Bytes as a string that tests can compare. */
export function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** A handler that writes everything down. */
export class Recorder implements FrameHandler {
  readonly events: Event[] = [];
  /** Called with the number of events after each. */
  onEvent: ((count: number) => void) | undefined;

  textMessage(text: string): void {
    this.#add(["text", text]);
  }

  bytesMessage(opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void {
    this.#add(["bytes", opcode, hex(payload)]);
  }

  ping(payload: Uint8Array): void {
    this.#add(["ping", hex(payload)]);
  }

  pong(payload: Uint8Array): void {
    this.#add(["pong", hex(payload)]);
  }

  close(code: number, reason: string): void {
    this.#add(["close", code, reason]);
  }

  fail(error: ProtocolError): void {
    this.#add(["fail", error.closeCode, error.message]);
  }

  #add(event: Event): void {
    this.events.push(event);
    this.onEvent?.(this.events.length);
  }
}

/**
 * Pushes each piece in a buffer of its own that is overwritten afterwards, and
 * returns what came of it.
 */
export function parse(
  pieces: Uint8Array | readonly Uint8Array[],
  options: Partial<FrameParserOptions> = {},
): Event[] {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, { role: "server", ...options });
  for (const piece of pieces instanceof Uint8Array ? [pieces] : pieces) {
    const chunk = piece.slice();
    const used = parser.push(chunk);
    if (used !== chunk.length) throw new Error(`Used ${used} bytes only`);
    chunk.fill(0xee);
  }
  return recorder.events;
}

/** Every way to cut bytes in two, and all of them apart. */
export function* cuts(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) {
    yield [bytes.subarray(0, at), bytes.subarray(at)];
  }
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}
