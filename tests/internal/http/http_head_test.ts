import { assert, assertEquals } from "@std/assert";
import {
  type HeadFailure,
  type HttpHeadOptions,
  HttpHeadParser,
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
} from "../../../internal/http/http_head.ts";
import { encodeLatin1 } from "../../../internal/http/http_syntax.ts";
import { cuts } from "../../websocket/support/_frames.ts";
import { withSeeds } from "../../property/_random.ts";

interface Outcome {
  start?: RequestLine;
  fields?: Record<string, string>;
  failure?: HeadFailure;
  rest: number;
}

/** Reads a request's head from pieces. */
function read(
  pieces: readonly Uint8Array[],
  options: HttpHeadOptions = {},
): Outcome {
  const parser = new HttpHeadParser(parseRequestLine, options);
  let rest = 0;
  for (const piece of pieces) rest += piece.length - parser.push(piece);
  const { head, failure } = parser;
  if (failure !== undefined) return { failure, rest: 0 };
  if (head === undefined) return { rest };
  const fields = Object.fromEntries(head.fields.toHeaders());
  return { start: head.start, fields, rest };
}

function readText(text: string, options?: HttpHeadOptions): Outcome {
  return read([encodeLatin1(text)], options);
}

function assertFails(text: string, status: number, reason?: string): void {
  for (const pieces of cuts(encodeLatin1(text))) {
    const { failure } = read(pieces);
    assertEquals(failure?.status, status, JSON.stringify(text));
    if (reason !== undefined) assertEquals(failure?.reason, reason);
  }
}

const START = "GET /chat?x=1 HTTP/1.1\r\n";

Deno.test("HttpHeadParser reads a request, however it is cut, and leaves what is behind", () => {
  const text = `${START}Host: example.org\r\nX:a \t b\t\r\nEmpty:\r\n` +
    "X: \xe9\r\n\r\nframes";
  for (const pieces of cuts(encodeLatin1(text))) {
    assertEquals(read(pieces), {
      start: { method: "GET", target: "/chat?x=1", minorVersion: 1 },
      fields: { "empty": "", "host": "example.org", "x": "a \t b, \xe9" },
      rest: 6,
    });
  }
});

Deno.test("HttpHeadParser counts what it has used", () => {
  const parser = new HttpHeadParser(parseRequestLine);
  const bytes = encodeLatin1(`${START}\r\nmore`);
  assertEquals(parser.push(bytes.subarray(0, 10)), 10);
  assertEquals(parser.head, undefined);
  assertEquals(parser.push(bytes.subarray(10)), bytes.length - 14);
  assertEquals(parser.size, bytes.length - 4);
  assertEquals(parser.push(bytes.subarray(-4)), 0);
  assert(parser.head !== undefined);
});

Deno.test("HttpHeadParser reads a response", () => {
  const parser = new HttpHeadParser(parseStatusLine);
  parser.push(encodeLatin1("HTTP/1.1 404 Not  Found\r\nA: b\r\n\r\n"));
  assertEquals(parser.head?.start, {
    status: 404,
    statusText: "Not  Found",
    minorVersion: 1,
  });
  assertEquals(parser.head?.fields.get("a"), "b");
});

Deno.test("HttpHeadParser ignores one empty line before the request", () => {
  assertEquals(readText(`\r\n${START}\r\n`).start?.method, "GET");
  assertFails(`\r\n\r\n${START}\r\n`, 400);
});

Deno.test("HttpHeadParser refuses line ends that are not CR LF", () => {
  const lf = "Line feed without carriage return";
  assertFails("GET / HTTP/1.1\nHost: a\n\n", 400, lf);
  assertFails(`${START}Host: a\n\r\n`, 400, lf);
  assertFails(`${START}Host: a\r\n\n`, 400, lf);
  const cr = "Carriage return without line feed";
  assertFails(`${START}Host: a\rX: b\r\n\r\n`, 400, cr);
  assertFails(`${START}Host: a\r\r\n\r\n`, 400);
  assertFails(`GET /\r HTTP/1.1\r\n\r\n`, 400, cr);
});

Deno.test("HttpHeadParser refuses control characters at once", () => {
  for (let code = 0; code < 0x20; code++) {
    if (code === 0x09 || code === 0x0a || code === 0x0d) continue;
    const character = String.fromCharCode(code);
    assertFails(character, 400, "Control character in the head");
    assertFails(
      `${START}X: a${character}`,
      400,
      "Control character in the head",
    );
  }
  assertFails(`${START}X: \x7f`, 400, "Control character in the head");
});

Deno.test("HttpHeadParser refuses a TLS hello at its first byte", () => {
  assertEquals(read([Uint8Array.of(0x16)]).failure?.status, 400);
});

Deno.test("HttpHeadParser refuses folded lines, blanks before the colon and names that are no tokens", () => {
  const bad = [
    " folded: x",
    "\tfolded",
    "X : y",
    "X\t: y",
    ": y",
    "no colon",
    "a b: c",
    "\xe4: c",
    "a@b: c",
    "{}: c",
  ];
  for (const line of bad) {
    assertFails(`${START}A: b\r\n${line}\r\n`, 400, "Malformed header field");
  }
});

Deno.test("HttpHeadParser refuses malformed request lines", () => {
  const bad = [
    "GET / HTTP/1.1 ",
    "GET  / HTTP/1.1",
    " GET / HTTP/1.1",
    "GET /",
    "GET",
    "GET / http/1.1",
    "GET / HTTP/1.",
    "GET / HTTP/11",
    "GET / HTTP/1.10",
    "GET /a b HTTP/1.1",
    "GET /\xe9 HTTP/1.1",
    "G\xcbT / HTTP/1.1",
    "G(T / HTTP/1.1",
    "GET\t/ HTTP/1.1",
    "HTTP/1.1 200 OK",
  ];
  for (const line of bad) {
    assertFails(`${line}\r\n`, 400, "Malformed request line");
  }
});

Deno.test("HttpHeadParser answers other major versions with 505", () => {
  assertFails("GET / HTTP/2.0\r\n", 505);
  assertFails("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  assertFails("GET / HTTP/0.9\r\n", 505);
});

Deno.test("HttpHeadParser refuses malformed status lines", () => {
  const bad = [
    "HTTP/2 101 Switching",
    "HTTP/1.1 99 Low",
    "HTTP/1.1 600 High",
    "HTTP/1.1 1010 Long",
    "HTTP/1.1  101 Blank",
    "HTTP/1.1 101\tTab",
    "HTTP/1.1",
    "ICY 200 OK",
    "http/1.1 200 OK",
  ];
  for (const line of bad) {
    const parser = new HttpHeadParser(parseStatusLine);
    parser.push(encodeLatin1(`${line}\r\n`));
    assertEquals(parser.failure?.reason, "Malformed status line", line);
  }
  for (const line of ["HTTP/1.1 101", "HTTP/1.0 200 "]) {
    const parser = new HttpHeadParser(parseStatusLine);
    parser.push(encodeLatin1(`${line}\r\n\r\n`));
    assertEquals(parser.head?.start.statusText, "");
  }
});

Deno.test("HttpHeadParser takes 16 KiB and 100 fields by default, and no more", () => {
  const frame = `${START}X: \r\n\r\n`.length;
  const fitting = `${START}X: ${"a".repeat(16384 - frame)}\r\n\r\n`;
  assertEquals(fitting.length, 16384);
  assertEquals(readText(fitting).start?.method, "GET");
  const larger = readText(fitting.replace("X: a", "X: aa"));
  assertEquals(larger.failure?.status, 431);

  const hundred = START + "X: y\r\n".repeat(100);
  assertEquals(readText(`${hundred}\r\n`).start?.method, "GET");
  assertEquals(readText(`${hundred}X: y\r\n\r\n`).failure, {
    status: 431,
    reason: "Too many header fields",
  });
});

Deno.test("HttpHeadParser takes other limits", () => {
  const text = `${START}A: b\r\nC: d\r\n\r\n`;
  assertEquals(readText(text, { maxSize: text.length }).start?.method, "GET");
  const small = readText(text, { maxSize: text.length - 1 });
  assertEquals(small.failure?.status, 431);
  assertEquals(readText(text, { maxHeaders: 1 }).failure?.status, 431);
});

Deno.test("HttpHeadParser refuses 2,001 headers and a path of 64 KiB", () => {
  const many = START + "X: y\r\n".repeat(2001);
  assertEquals(readText(many).failure?.status, 431);
  const long = `GET /${"a".repeat(65536)} HTTP/1.1\r\n\r\n`;
  assertEquals(readText(long).failure, {
    status: 400,
    reason: "First line too long",
  });
});

Deno.test("HttpHeadParser refuses a header of 1 MiB byte by byte, having used 16 KiB", () => {
  const parser = new HttpHeadParser(parseRequestLine);
  parser.push(encodeLatin1(`${START}X: `));
  const byte = encodeLatin1("a");
  for (let count = 0; count < 1048576; count++) parser.push(byte);
  assertEquals(parser.failure?.status, 431);
  assertEquals(parser.size, 16384);
});

Deno.test("HttpHeadParser takes time in proportion to the length", () => {
  const options = { maxSize: 2 ** 22, maxHeaders: 10 };
  const long = 2 ** 20;
  // A quadratic reader would not come to the end of these.
  const inner = readText(`${START}X: b${" ".repeat(long)}x\r\n\r\n`, options);
  assertEquals(inner.fields?.["x"].length, long + 2);
  const commas = readText(`${START}X:${" ,".repeat(long)}\r\n\r\n`, options);
  assertEquals(commas.fields?.["x"].length, 2 * long - 1);
  const parser = new HttpHeadParser(parseRequestLine, options);
  parser.push(encodeLatin1(`${START}X: `));
  const blank = encodeLatin1(" ");
  for (let count = 0; count < long; count++) parser.push(blank);
  parser.push(encodeLatin1("\r\n\r\n"));
  assertEquals(parser.head?.fields.get("x"), "");
});

Deno.test("HttpHeadParser takes nothing after a failure", () => {
  const parser = new HttpHeadParser(parseRequestLine);
  parser.push(encodeLatin1("\0"));
  assertEquals(parser.push(encodeLatin1(`${START}\r\n`)), 0);
  assertEquals(parser.head, undefined);
});

Deno.test("HttpHeadParser gives the same result for random heads, whole and cut", () => {
  withSeeds(500, (random) => {
    const lines = [random.pick([START.trim(), "GET / HTTP/1.1", "BAD"])];
    for (let count = random.int(0, 6); count > 0; count--) {
      const name = random.pick(["Host", "X", "__proto__", "Upgrade", "b ad"]);
      const value = random.pick(["", "a", " b ", "\xff", "x".repeat(50), "\0"]);
      lines.push(`${random.chance(0.95) ? name : ""}:${value}`);
    }
    const end = random.chance(0.9) ? "\r\n" : "\n";
    const bytes = encodeLatin1(`${lines.join(end)}${end}${end}`);
    const behind = random.bytes(random.int(0, 20));
    const all = new Uint8Array([...bytes, ...behind]);
    const whole = read([all]);
    assertEquals(read(random.pieces(all)), whole);
    if (whole.start) assertEquals(whole.rest, behind.length);
  });
});
