/** The kind of the first bytes of a client. */
export type ClientStart =
  /** Too few to tell: so many bytes have to be there before it pays to ask. */
  | { readonly kind: "incomplete"; readonly needed: number }
  /** A ClientHello, whose details `node:tls` deals with. */
  | { readonly kind: "hello"; readonly serverName: string }
  /** Something else than TLS. */
  | { readonly kind: "other" };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
/**
 * The largest ClientHello that is looked at: RFC 8446 allows 16 MiB, and those
 * of browsers have up to 2 KiB.
 */
const MAX_HELLO = 8 * 1024;
/** A name of the DNS, with no more than it may have (RFC 1035, RFC 5890). */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const RECORD_HEADER = 5;
/** How much a record may carry (RFC 8446 section 5.1). */
const MAX_RECORD = 16 * 1024;
const MESSAGE_HEADER = 4;

const OTHER: ClientStart = { kind: "other" };
const NAMELESS: ClientStart = { kind: "hello", serverName: "" };

/**
 * Reads the server name that a TLS client asks for (RFC 6066 section 3) from the
 * first bytes of its connection, before TLS begins: so the certificate may be
 * chosen by a function that takes its time. Malformed hellos, and very long ones,
 * have no name here, and are the TLS engine's to refuse.
 *
 * @param bytes All bytes that have come.
 */
export function readClientStart(bytes: Uint8Array): ClientStart {
  if (bytes.length === 0) return incomplete(1);
  // Handshake, version 3.x: everything else is no TLS (RFC 8446 section 5.1).
  if (bytes[0] !== HANDSHAKE_RECORD) return OTHER;
  if (bytes.length > 1 && bytes[1] !== 3) return OTHER;
  const message = joinRecords(bytes);
  if (message === undefined) return NAMELESS;
  if (message.length < MESSAGE_HEADER) {
    return incomplete(Math.max(bytes.length + 1, RECORD_HEADER + 1));
  }
  if (message[0] !== CLIENT_HELLO) return OTHER;
  const length = new Cursor(message.subarray(1)).number(3) ?? 0;
  if (length > MAX_HELLO) return NAMELESS;
  const missing = MESSAGE_HEADER + length - message.length;
  // Looking again at each byte of a hello in tiny records would take seconds.
  if (missing > 0) return incomplete(bytes.length + missing);
  const hello = message.subarray(MESSAGE_HEADER, MESSAGE_HEADER + length);
  return { kind: "hello", serverName: findServerName(hello) ?? "" };
}

function incomplete(needed: number): ClientStart {
  return { kind: "incomplete", needed };
}

/** The payload of the handshake records so far; `undefined` if they are bad. */
function joinRecords(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (let start = 0; start + RECORD_HEADER <= bytes.length;) {
    if (bytes[start] !== HANDSHAKE_RECORD) return undefined;
    const length = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0);
    if (length === 0 || length > MAX_RECORD) return undefined;
    const from = start + RECORD_HEADER;
    parts.push(bytes.subarray(from, from + length));
    start = from + length;
  }
  const [first] = parts;
  if (first === undefined || parts.length === 1) {
    return first ?? bytes.subarray(0, 0);
  }
  const whole = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** Finds the host name in a ClientHello (RFC 8446 section 4.1.2). */
function findServerName(hello: Uint8Array): string | undefined {
  const cursor = new Cursor(hello);
  cursor.advance(2 + 32); // Version and random.
  cursor.block(1); // Session.
  cursor.block(2); // Cipher suites.
  cursor.block(1); // Compression methods.
  const extensions = cursor.block(2);
  while (extensions !== undefined && !extensions.isEmpty) {
    const type = extensions.number(2);
    const extension = extensions.block(2);
    if (type !== SERVER_NAME) continue;
    const names = extension?.block(2);
    if (names?.number(1) !== HOST_NAME) return undefined;
    const name = names.block(2)?.rest;
    // A value that is no name must not become part of a path, for example.
    const text = new TextDecoder().decode(name).toLowerCase();
    return DNS_NAME.test(text) ? text : undefined;
  }
  return undefined;
}

/** Reads numbers and blocks of bytes one after the other. */
class Cursor {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  get rest(): Uint8Array {
    return this.#bytes;
  }

  advance(length: number): void {
    this.#bytes = this.#bytes.subarray(length);
  }

  /** A number of so many bytes; `undefined` if they are not there. */
  number(length: number): number | undefined {
    if (this.#bytes.length < length) {
      this.#bytes = this.#bytes.subarray(this.#bytes.length);
      return undefined;
    }
    let value = 0;
    for (const byte of this.#bytes.subarray(0, length)) {
      value = value * 256 + byte;
    }
    this.advance(length);
    return value;
  }

  /** Bytes with their length, of so many bytes, before them. */
  block(lengthSize: number): Cursor | undefined {
    const length = this.number(lengthSize);
    if (length === undefined || this.#bytes.length < length) return undefined;
    const block = new Cursor(this.#bytes.subarray(0, length));
    this.advance(length);
    return block;
  }
}
