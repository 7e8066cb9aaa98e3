/** The opcodes of RFC 6455 section 5.2. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** What a raw peer speaks over: a connection of Deno's, or of this package. */
export interface Link {
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** A frame to be sent, right or wrong. */
export interface FrameSpec {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  /** Whether it ends a message; `true` if left out. */
  readonly fin?: boolean;
  /** The three reserved bits as a number. */
  readonly rsv?: number;
  /** How many bytes of the payload are sent; all if left out. */
  readonly cut?: number;
  /** The length that is announced, if not the payload's. */
  readonly length?: number | bigint;
  /** The form of the length; the shortest if left out. */
  readonly form?: 7 | 16 | 64;
  /** Whether it is masked; what the peer's role asks for if left out. */
  readonly masked?: boolean;
}

/** A frame that has been received. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly fin: boolean;
  readonly rsv: number;
}

const encoder = new TextEncoder();
const KEY = [0x4f, 0x9c, 0x21, 0xe8];

/** Bytes of a string, or the bytes themselves. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

/** A close payload. */
export function closeBytes(
  code: number,
  reason: Uint8Array | string = "",
): Uint8Array {
  const text = toBytes(reason);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return payload;
}

/** Writes a frame, in the plainest way. */
export function encode(spec: FrameSpec, masks: boolean): Uint8Array {
  const payload = toBytes(spec.payload ?? "");
  const length = BigInt(spec.length ?? payload.length);
  const form = spec.form ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const isMasked = spec.masked ?? masks;
  const maskBit = isMasked ? 128 : 0;
  const head = [
    (spec.fin === false ? 0 : 128) + (spec.rsv ?? 0) * 16 + spec.opcode,
    maskBit + (form === 7 ? Number(length) : form === 16 ? 126 : 127),
  ];
  for (let shift = form === 7 ? -8 : form - 8; shift >= 0; shift -= 8) {
    head.push(Number((length >> BigInt(shift)) & 255n));
  }
  if (isMasked) head.push(...KEY);
  const size = spec.cut ?? payload.length;
  const frame = new Uint8Array(head.length + size);
  frame.set(head);
  // A copy: slice() of Node's buffers gives a view.
  const sent = new Uint8Array(size);
  sent.set(payload.subarray(0, size));
  if (isMasked) mask(sent, Uint8Array.from(KEY));
  frame.set(sent, head.length);
  return frame;
}

/** Masks, or unmasks, bytes at the start of a buffer of their own. */
function mask(bytes: Uint8Array, key: Uint8Array): void {
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
  const [keyWord] = new Uint32Array(key.buffer, 0, 1);
  for (let at = 0; at < words.length; at++) words[at] ^= keyWord;
  for (let at = words.length * 4; at < bytes.length; at++) {
    bytes[at] ^= key[at % 4];
  }
}

/** Several byte arrays as one. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(
    parts.reduce((size, part) => size + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * The other side of a WebSocket, played by hand: it sends what it is told to,
 * and reads strictly.
 */
export class RawPeer {
  readonly link: Link;
  readonly #role: "client" | "server";
  #buffer = new Uint8Array(4096);
  #start = 0;
  #end = 0;

  constructor(link: Link, role: "client" | "server") {
    this.link = link;
    this.#role = role;
  }

  /** Sends bytes, in pieces of `chop`. A link that is gone is no error. */
  async send(bytes: Uint8Array, chop = Infinity): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(at + chop, bytes.length);
        at += await this.link.write(bytes.subarray(at, end));
      }
    } catch {
      // Read on: what the other side said before is what counts.
    }
  }

  /** Sends frames with one write, or in pieces of `chop`, or frame by frame. */
  async sendFrames(
    specs: readonly FrameSpec[],
    chop: number | "frames" = Infinity,
  ): Promise<void> {
    const frames = specs.map((spec) => encode(spec, this.#role === "client"));
    if (chop !== "frames") return await this.send(join(frames), chop);
    for (const frame of frames) await this.send(frame);
  }

  /** Sends a frame. */
  sendFrame(
    opcode: number,
    payload: Uint8Array | string = "",
    more: Partial<FrameSpec> = {},
  ): Promise<void> {
    return this.sendFrames([{ opcode, payload, ...more }]);
  }

  /** Reads a frame; `undefined` at the end of the stream. */
  async receive(): Promise<ReceivedFrame | undefined> {
    if (!await this.#need(2)) {
      if (this.#end > this.#start) throw new Error("Ended inside a frame");
      return undefined;
    }
    const first = this.#buffer[this.#start];
    const second = this.#buffer[this.#start + 1];
    const isMasked = (second & 128) !== 0;
    if (isMasked !== (this.#role === "server")) throw new Error("Wrong mask");
    let size = 2;
    let length = second & 127;
    if (length >= 126) {
      const bytes = length === 126 ? 2 : 8;
      await this.#must(size + bytes);
      length = 0;
      for (let at = 0; at < bytes; at++) {
        length = length * 256 + this.#buffer[this.#start + size + at];
      }
      size += bytes;
      if (length < (bytes === 2 ? 126 : 65536)) throw new Error("Long length");
    }
    const keyAt = size;
    if (isMasked) size += 4;
    await this.#must(size + length);
    const key = this.#buffer.slice(this.#start + keyAt, this.#start + size);
    const from = this.#start + size;
    const payload = this.#buffer.slice(from, from + length);
    if (isMasked) mask(payload, key);
    this.#start = from + length;
    return {
      opcode: first & 15,
      payload,
      fin: (first & 128) !== 0,
      rsv: (first >> 4) & 7,
    };
  }

  /** Reads an HTTP head, up to and with its empty line. */
  async receiveHead(): Promise<string> {
    const decoder = new TextDecoder("latin1");
    for (let known = 0;;) {
      const text = decoder.decode(
        this.#buffer.subarray(this.#start, this.#end),
      );
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#start += end + 4;
        return text.slice(0, end + 4);
      }
      known = this.#end - this.#start + 1;
      if (!await this.#need(known)) throw new Error(`Ended in head: ${text}`);
    }
  }

  /** Reads everything up to the end of the stream, as text. */
  async receiveAll(): Promise<string> {
    while (await this.#need(this.#end - this.#start + 1));
    const text = new TextDecoder("latin1").decode(
      this.#buffer.subarray(this.#start, this.#end),
    );
    this.#start = this.#end;
    return text;
  }

  /** Closes the link. */
  close(): void {
    try {
      this.link.close();
    } catch {
      // Closed already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #must(size: number): Promise<void> {
    if (!await this.#need(size)) throw new Error("Ended inside a frame");
  }

  /** Makes sure of so many bytes; `false` if the stream ends before. */
  async #need(size: number): Promise<boolean> {
    while (this.#end - this.#start < size) {
      this.#makeRoom(size);
      let length: number | null;
      try {
        length = await this.link.read(this.#buffer.subarray(this.#end));
      } catch {
        // A reset is an end too, for the peer's purposes.
        return false;
      }
      if (length === null) return false;
      this.#end += length;
    }
    return true;
  }

  #makeRoom(size: number): void {
    const held = this.#end - this.#start;
    if (this.#end < this.#buffer.length && held > 0) return;
    const needed = Math.max(size, held + 4096);
    const target = needed * 2 > this.#buffer.length
      ? new Uint8Array(needed * 2)
      : this.#buffer;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}
