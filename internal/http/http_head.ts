import { decodeLatin1 } from "../bytes/latin1.ts";
import { HeaderFields } from "./header_fields.ts";
import { isToken, trimBlanks } from "./http_syntax.ts";

/** The most bytes of a head, by default. */
const DEFAULT_MAX_HEAD_SIZE = 16384;

/** The most header fields of a head, by default. */
const DEFAULT_MAX_HEADERS = 100;

/** The head of a message: its start line and its header fields. */
export interface HttpHead<Start> {
  /** The start line. */
  readonly start: Start;
  /** The header fields. */
  readonly fields: HeaderFields;
}

/** The first line of a request. */
export interface RequestLine {
  readonly method: string;
  /** The target as it was sent: a path with its query, or a whole URL. */
  readonly target: string;
  /** The minor version, such as 1 of HTTP/1.1. */
  readonly minorVersion: number;
}

/** The first line of a response. */
export interface StatusLine {
  readonly status: number;
  readonly statusText: string;
  /** The minor version, such as 1 of HTTP/1.1. */
  readonly minorVersion: number;
}

/** Why a head is refused. */
export interface HeadFailure {
  /** The status of the response, if it is the head of a request. */
  readonly status: 400 | 431 | 505;
  /** The fault. */
  readonly reason: string;
}

/** Limits of an {@linkcode HttpHeadParser}. */
export interface HttpHeadOptions {
  /**
   * The most bytes, including the empty line at the end.
   *
   * @default {16384}
   */
  readonly maxSize?: number | undefined;
  /**
   * The most header fields.
   *
   * @default {100}
   */
  readonly maxHeaders?: number | undefined;
}

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Parses the head of an HTTP/1.1 message (RFC 9112), fed with pieces of any size.
 * Every byte is looked at once and each line is parsed when it is complete, so
 * the time is linear in the length, and an invalid byte fails at once.
 *
 * It is as strict as the RFC allows where leniency permits request smuggling:
 * lines end with CR LF only, a field name is a token directly before the colon,
 * and folded lines and control characters are refused.
 */
export class HttpHeadParser<Start extends object> {
  readonly #parseStart: (line: string) => Start | HeadFailure;
  readonly #maxSize: number;
  readonly #maxHeaders: number;
  #fields = new HeaderFields();
  #start: Start | undefined;
  #line = "";
  #sawCr = false;
  #sawEmpty = false;
  #size = 0;
  #head: HttpHead<Start> | undefined;
  #failure: HeadFailure | undefined;

  /**
   * Makes a parser at the start of a head.
   *
   * @param parseStart {@linkcode parseRequestLine} or {@linkcode parseStatusLine}.
   * @param options Limits.
   */
  constructor(
    parseStart: (line: string) => Start | HeadFailure,
    options: HttpHeadOptions = {},
  ) {
    this.#parseStart = parseStart;
    this.#maxSize = options.maxSize ?? DEFAULT_MAX_HEAD_SIZE;
    this.#maxHeaders = options.maxHeaders ?? DEFAULT_MAX_HEADERS;
  }

  /** The head, once it is complete. */
  get head(): HttpHead<Start> | undefined {
    return this.#head;
  }

  /** Why the head is refused. */
  get failure(): HeadFailure | undefined {
    return this.#failure;
  }

  /** How many bytes belong to the head so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk The bytes, which are not kept.
   * @returns How many belong to the head.
   */
  push(chunk: Uint8Array): number {
    const end = Math.min(chunk.length, this.#maxSize - this.#size);
    let at = 0;
    while (at < end && !this.#head && !this.#failure) {
      at = this.#takeText(chunk, at, end);
      if (at < end && !this.#failure) this.#takeLineEnd(chunk[at++]);
    }
    this.#size += at;
    if (at < chunk.length && !this.#head && !this.#failure) this.#failSize();
    return at;
  }

  /** Whether a head is only one before the head that is asked for. */
  protected isInterim(_start: Start): boolean {
    return false;
  }

  /** Takes the bytes before the next line end. */
  #takeText(chunk: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && isText(chunk[at])) at++;
    if (at === start) return at;
    if (this.#sawCr) this.#fail(400, "Carriage return without line feed");
    else this.#line += decodeLatin1(chunk, start, at);
    return at;
  }

  #takeLineEnd(byte: number): void {
    if (byte === CR && !this.#sawCr) {
      this.#sawCr = true;
    } else if (byte === LF && this.#sawCr) {
      this.#sawCr = false;
      const line = this.#line;
      this.#line = "";
      this.#takeLine(line);
    } else if (byte === LF) {
      this.#fail(400, "Line feed without carriage return");
    } else {
      this.#fail(400, "Control character in the head");
    }
  }

  #takeLine(line: string): void {
    if (this.#start === undefined) return this.#takeStart(line);
    if (line === "") return this.#takeEnd(this.#start);
    if (this.#fields.size >= this.#maxHeaders) {
      return this.#fail(431, "Too many header fields");
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    if (!isToken(name)) return this.#fail(400, "Malformed header field");
    this.#fields.add(name, trimBlanks(line.slice(colon + 1)));
  }

  #takeStart(line: string): void {
    // One empty line before the first is ignored (RFC 9112 section 2.2).
    if (line === "" && !this.#sawEmpty) {
      this.#sawEmpty = true;
      return;
    }
    const start = this.#parseStart(line);
    if (isHeadFailure(start)) this.#failure = start;
    else this.#start = start;
  }

  #takeEnd(start: Start): void {
    const fields = this.#fields;
    if (!this.isInterim(start)) {
      this.#head = { start, fields };
      return;
    }
    this.#start = undefined;
    this.#sawEmpty = false;
    this.#fields = new HeaderFields();
  }

  #failSize(): void {
    if (this.#start === undefined) this.#fail(400, "First line too long");
    else this.#fail(431, "Header fields too large");
  }

  #fail(status: HeadFailure["status"], reason: string): void {
    this.#failure = { status, reason };
  }
}

/** Parses the first line of a request. */
export function parseRequestLine(line: string): RequestLine | HeadFailure {
  const match = /^([^ ]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/.exec(line);
  if (match === null || !isToken(match[1])) {
    return { status: 400, reason: "Malformed request line" };
  }
  if (match[3] !== "1") {
    return { status: 505, reason: "HTTP version not supported" };
  }
  return {
    method: match[1],
    target: match[2],
    minorVersion: Number(match[4]),
  };
}

/** Parses the first line of a response. */
export function parseStatusLine(line: string): StatusLine | HeadFailure {
  const match = /^HTTP\/1\.(\d) ([1-5]\d\d)(?: (.*))?$/.exec(line);
  if (match === null) return { status: 400, reason: "Malformed status line" };
  return {
    status: Number(match[2]),
    statusText: match[3] ?? "",
    minorVersion: Number(match[1]),
  };
}

/** Tells a failure from a head. */
export function isHeadFailure(outcome: object): outcome is HeadFailure {
  return "reason" in outcome;
}

/** Whether a byte may be part of a line. */
function isText(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === HT;
}
