import { assert, assertEquals } from "@std/assert";
import {
  type ClientStart,
  readClientStart,
} from "../../../tcp/tls/_client_hello.ts";

/** A number in so many bytes. */
function number(value: number, size: number): number[] {
  return Array.from(
    { length: size },
    (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256,
  );
}

/** Bytes with their length before them. */
function block(size: number, ...parts: readonly number[][]): number[] {
  const bytes = parts.flat();
  return [...number(bytes.length, size), ...bytes];
}

function ofText(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function serverName(name: string): number[] {
  const names = block(2, [0], block(2, ofText(name)));
  return [...number(0, 2), ...block(2, names)];
}

/** A ClientHello message (RFC 8446 section 4.1.2) with some extensions. */
function hello(...extensions: readonly number[][]): number[] {
  const body = [
    ...[3, 3],
    ...Array(32).fill(7),
    ...block(1, Array(32).fill(8)),
    ...block(2, [0x13, 0x01]),
    ...block(1, [0]),
    ...block(2, ...extensions),
  ];
  return [1, ...block(3, body)];
}

/** Puts a message into records of so many bytes at most. */
function inRecords(message: number[], size = 16_384): Uint8Array {
  const bytes: number[] = [];
  for (let start = 0; start < message.length; start += size) {
    bytes.push(22, 3, 1, ...block(2, message.slice(start, start + size)));
  }
  return new Uint8Array(bytes);
}

/** Reads as a server does: again when so much has come as is needed. */
function readSlowly(bytes: Uint8Array): { start: ClientStart; looks: number } {
  let looks = 0;
  let needed = 1;
  for (let end = 1; end <= bytes.length; end++) {
    if (end < needed) continue;
    looks++;
    const start = readClientStart(bytes.subarray(0, end));
    if (start.kind !== "incomplete") {
      return { start, looks };
    }
    assert(start.needed > end, "It would be asked for ever");
    needed = start.needed;
  }
  return { start: readClientStart(bytes), looks };
}

const OTHERS = [[...number(10, 2), ...block(2, [0, 0])]];

Deno.test("readClientStart() finds the name, wherever its extension stands", () => {
  for (
    const extensions of [
      [serverName("a.test")],
      [...OTHERS, serverName("A.Test")],
      [serverName("a.test"), ...OTHERS],
    ]
  ) {
    const bytes = inRecords(hello(...extensions));
    const expected: ClientStart = { kind: "hello", serverName: "a.test" };
    assertEquals(readClientStart(bytes), expected);
    // What comes behind it does not matter.
    const more = new Uint8Array([...bytes, 20, 3, 3, 0, 1, 1]);
    assertEquals(readSlowly(more).start, expected);
  }
});

Deno.test("readClientStart() needs all of the message, in records of any size", () => {
  const message = hello(...OTHERS, serverName("a.test"));
  for (const size of [1, 2, 3, 7, 50, message.length - 1, message.length]) {
    const bytes = inRecords(message, size);
    const { start, looks } = readSlowly(bytes);
    assertEquals(start, { kind: "hello", serverName: "a.test" });
    assert(looks < 100, `It was looked at ${looks} times`);
    for (let end = 0; end < bytes.length; end++) {
      const { kind } = readClientStart(bytes.subarray(0, end));
      assertEquals(kind, "incomplete", `${end} bytes`);
    }
  }
});

Deno.test("readClientStart() has no name where there is none, or none of the DNS", () => {
  const names = [
    "",
    "../../etc/passwd",
    "a/b",
    "a\0b",
    "a..b",
    "a.test.",
    "ä.test",
    "a".repeat(254),
  ];
  for (const extensions of [[], OTHERS, ...names.map((n) => [serverName(n)])]) {
    assertEquals(readClientStart(inRecords(hello(...extensions))), {
      kind: "hello",
      serverName: "",
    });
  }
});

Deno.test("readClientStart() tells what is no TLS by its first bytes", () => {
  for (
    const text of ["GET / HTTP/1.1\r\n", "EHLO x\r\n", "\0", "\x16\x01", "SSH-"]
  ) {
    const { kind } = readClientStart(new Uint8Array(ofText(text)));
    assertEquals(kind, "other", text);
  }
  // A record of the handshake, but no ClientHello.
  const other = inRecords([2, ...block(3, Array(10).fill(0))]);
  assertEquals(readClientStart(other).kind, "other");
});

Deno.test("readClientStart() leaves what is malformed to the engine", () => {
  const bytes = inRecords(hello(serverName("a.test")));
  for (let index = 5; index < bytes.length; index++) {
    for (const value of [0, 1, 255]) {
      const changed = bytes.slice();
      changed[index] = value;
      readClientStart(changed);
      readSlowly(changed);
    }
  }
  const nameless: ClientStart = { kind: "hello", serverName: "" };
  // An empty record, one that is too long, another type of record, a hello of
  // 16 MiB.
  const bad = [
    [22, 3, 1, 0, 0],
    [22, 3, 1, 64, 1],
    [22, 3, 1, 0, 1, 1, 23, 3, 1, 0, 1],
    [22, 3, 1, 0, 4, 1, 255, 255, 255],
  ];
  for (const start of bad) {
    assertEquals(readClientStart(new Uint8Array(start)), nameless);
  }
});
