import { decodeLatin1 } from "../../internal/bytes/latin1.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import { isBodiless } from "./_refusal.ts";
import { listIncludes, splitList } from "../../internal/http/http_syntax.ts";

/** The most bytes of a body that are kept. */
const MAX_BODY_SIZE = 16384;
/** The most bytes of a line between chunks. */
const MAX_LINE_SIZE = 1024;
const LF = 0x0a;

/**
 * Reads the beginning of a response's body, fed with pieces of any size. It is
 * done after 16 KiB, at the end of the body, and where the body is malformed; the
 * bytes before count.
 */
export class BodyReader {
  readonly #isChunked: boolean;
  readonly #bytes = new Uint8Array(MAX_BODY_SIZE);
  #length = 0;
  /** How many bytes of data follow, before the next line or the end. */
  #left: number;
  /** The line between two chunks so far, `undefined` within data. */
  #line: string | undefined;
  /** Whether the next line ends a chunk. */
  #isChunkEnd = false;

  /** Whether the end of the body can be told before the connection ends. */
  readonly hasEnd: boolean;
  /** Whether no more bytes are of use. */
  isDone: boolean;

  /** Makes a reader of the body behind a head. */
  constructor({ start, fields }: HttpHead<StatusLine>) {
    const coding = fields.get("content-encoding") ?? "identity";
    const transfer = splitList(fields.get("transfer-encoding") ?? "chunked");
    const length = fields.get("content-length") ?? "";
    const isCounted = /^\d+$/.test(length);
    this.#isChunked = listIncludes(fields.get("transfer-encoding"), "chunked");
    this.#left = this.#isChunked ? 0 : isCounted ? Number(length) : Infinity;
    if (this.#isChunked) this.#line = "";
    this.hasEnd = this.#isChunked || isCounted;
    this.isDone = start.status === 101 || isBodiless(start.status) ||
      coding !== "identity" ||
      transfer.some((name) => name.toLowerCase() !== "chunked") ||
      !this.#isChunked && this.#left === 0;
  }

  /** The body so far as UTF-8, `undefined` if it is empty. */
  get text(): string | undefined {
    if (this.#length === 0) return undefined;
    const bytes = this.#bytes.subarray(0, this.#length);
    // A character that is cut off at the end is left out.
    return new TextDecoder().decode(bytes, { stream: true });
  }

  /** Takes the next bytes, and copies those that it keeps. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.isDone) {
      at = this.#line === undefined
        ? this.#takeData(bytes, at)
        : this.#takeLine(bytes, at, this.#line);
    }
  }

  #takeData(bytes: Uint8Array, start: number): number {
    const room = MAX_BODY_SIZE - this.#length;
    const end = Math.min(bytes.length, start + Math.min(this.#left, room));
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
    this.#left -= end - start;
    if (this.#isChunked && this.#left === 0) this.#line = "";
    this.isDone = this.#length === MAX_BODY_SIZE ||
      !this.#isChunked && this.#left === 0;
    return end;
  }

  #takeLine(bytes: Uint8Array, start: number, before: string): number {
    const found = bytes.indexOf(LF, start);
    const end = found === -1 ? bytes.length : found;
    const line = before + decodeLatin1(bytes, start, end);
    if (line.length > MAX_LINE_SIZE) this.isDone = true;
    if (found === -1) {
      this.#line = line;
      return end;
    }
    this.#line = this.#isChunkEnd ? "" : undefined;
    this.#isChunkEnd = !this.#isChunkEnd;
    if (this.#line === undefined) this.#takeSize(line);
    return end + 1;
  }

  #takeSize(line: string): void {
    const [, size = "0"] = /^([0-9a-f]{1,8})\s*(?:;.*)?\r?$/i.exec(line) ?? [];
    this.#left = parseInt(size, 16);
    this.isDone = this.#left === 0;
  }
}
