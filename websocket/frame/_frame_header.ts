import { OPCode } from "../opcode.ts";

/** The most bytes a header has: two, a 64-bit length and a masking key. */
export const MAX_HEADER_SIZE = 14;

/**
 * The head of one frame (RFC 6455 section 5.2), with the rules that a header
 * breaks all by itself. One object is filled again and again.
 */
export class FrameHeader {
  /** Whether the frame ends its message. */
  final = false;
  /** The first reserved bit, which says "compressed" on a data frame. */
  reserved1 = false;
  /** The kind of the frame. */
  opcode: OPCode = OPCode.continuation;
  /** How many bytes of payload follow, `undefined` as long as it isn't read. */
  length: number | undefined = undefined;
  /** The masking key, 0 on an unmasked frame. */
  key = 0;
  /** The rule that is broken. */
  error: string | undefined = undefined;

  /**
   * Reads the header as far as it is there.
   *
   * @param view The array that holds it.
   * @param start The place of its first byte.
   * @param available How many bytes from there on have arrived.
   * @param masked Whether the sender has to mask.
   * @returns The size of the header; 0 if it is incomplete or breaks a rule.
   */
  read(
    view: DataView,
    start: number,
    available: number,
    masked: boolean,
  ): number {
    this.length = undefined;
    this.error = undefined;
    if (available < 1) return 0;
    const first = view.getUint8(start);
    this.final = first >= 0x80;
    this.reserved1 = (first & 0x40) !== 0;
    const opcode = first & 0x0f;
    if ((first & 0x30) !== 0) return this.#break("Reserved bit set");
    if (!isOpcode(opcode)) return this.#break("Reserved opcode");
    this.opcode = opcode;
    if (available < 2) return 0;
    const second = view.getUint8(start + 1);
    if (second >= 0x80 !== masked) {
      return this.#break(masked ? "Frame not masked" : "Frame masked");
    }
    const size = this.#readLength(view, start, available, second & 0x7f);
    if (!masked || size === 0) {
      this.key = 0;
      return size;
    }
    if (available < size + 4) return 0;
    this.key = view.getInt32(start + size, true);
    return size + 4;
  }

  #readLength(
    view: DataView,
    start: number,
    available: number,
    short: number,
  ): number {
    if (this.opcode >= OPCode.close) {
      if (short > 125) return this.#break("Control frame too long");
      if (!this.final) return this.#break("Control frame fragmented");
    }
    if (short < 126) {
      this.length = short;
      return 2;
    }
    if (short === 126) {
      if (available < 4) return 0;
      const length = view.getUint16(start + 2);
      if (length < 126) return this.#break("Length not in its shortest form");
      this.length = length;
      return 4;
    }
    if (available < 10) return 0;
    const high = view.getUint32(start + 2);
    const low = view.getUint32(start + 6);
    if (high >= 0x80000000) return this.#break("Length has its top bit set");
    if (high === 0 && low <= 0xffff) {
      return this.#break("Length not in its shortest form");
    }
    this.length = high * 0x100000000 + low;
    return 10;
  }

  #break(rule: string): 0 {
    this.error = rule;
    return 0;
  }
}

function isOpcode(number: number): number is OPCode {
  return number <= OPCode.binaryFrame ||
    number >= OPCode.close && number <= OPCode.pong;
}
