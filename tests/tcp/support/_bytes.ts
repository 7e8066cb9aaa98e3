import { AssertionError } from "@std/assert";
import type { Reader } from "../../../tcp/reader.ts";

/** More than any system takes for a peer that does not read. */
export const BLOCKING = 16 * 1024 * 1024;

let known = new Uint8Array(0);

/** Bytes that depend on their place, so that a loss or a swap shows. */
export function pattern(length: number, from = 0): Uint8Array<ArrayBuffer> {
  const end = from + length;
  if (known.length < end) {
    const larger = new Uint8Array(Math.max(end, 64 * 1024));
    for (let index = 0; index < larger.length; index++) {
      larger[index] = Math.imul(index + 1, 0x9e3779b1) >>> 24;
    }
    known = larger;
  }
  return known.slice(from, end);
}

/** Bytes that are all the same. */
export function filled(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

/** Compares many bytes fast, and tells the first place that differs. */
export function assertSameBytes(
  actual: Uint8Array,
  expected: Uint8Array,
): void {
  const length = Math.min(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (actual[index] === expected[index]) continue;
    throw new AssertionError(
      `Byte ${index} is ${actual[index]}, expected ${expected[index]}`,
    );
  }
  if (actual.length === expected.length) return;
  throw new AssertionError(
    `There are ${actual.length} bytes, expected ${expected.length}`,
  );
}

/** Puts pieces together. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** Reads to the end of the stream. */
export async function drain(conn: Reader): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(256 * 1024);
  for (
    let length = await conn.read(buffer);
    length !== null;
    length = await conn.read(buffer)
  ) pieces.push(buffer.slice(0, length));
  return concat(pieces);
}

/**
 * Reads to the end of a stream whose writer has aborted it: over a layer of TLS
 * that end is told from a complete one.
 */
export async function drainAborted(
  conn: Reader,
  kind: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(256 * 1024);
  let isTruncated = false;
  try {
    for (
      let length = await conn.read(buffer);
      length !== null;
      length = await conn.read(buffer)
    ) pieces.push(buffer.slice(0, length));
  } catch (error) {
    if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
    isTruncated = true;
  }
  if (isTruncated !== kind.startsWith("tls/")) {
    throw new AssertionError(
      `The end over ${kind} is truncated: ${isTruncated}`,
    );
  }
  return concat(pieces);
}

/** Reads `length` bytes with as many reads as it takes. */
export async function readBytes(
  conn: Reader,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  while (offset < length) {
    const count = await conn.read(bytes.subarray(offset));
    if (count === null) {
      throw new AssertionError(`The stream ended after ${offset} bytes`);
    }
    offset += count;
  }
  return bytes;
}

/** Reads `length` bytes as text. */
export async function readText(conn: Reader, length: number): Promise<string> {
  return decode(await readBytes(conn, length));
}

/** Bytes of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The text of bytes. */
export function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
