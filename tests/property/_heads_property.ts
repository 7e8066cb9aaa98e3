import {
  HttpHeadParser,
  parseRequestLine,
  parseStatusLine,
} from "../../internal/http/http_head.ts";
import { encodeLatin1 } from "../../internal/http/http_syntax.ts";
import { ResponseReader } from "../../internal/http/response_reader.ts";
import {
  isRefusal,
  readUpgradeRequest,
} from "../../websocket/handshake/_upgrade_request.ts";
import { cut, type Cuts, randomCuts } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

type HeadCase = {
  /** The bytes, each of them a character. */
  text: string;
  cuts: Cuts;
  maxSize: number;
  maxHeaders: number;
};

const NAMES = [
  ...["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Origin"],
  ...["Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "X-a", "__proto__"],
  ...["Sec-WebSocket-Extensions", "Content-Length", "constructor"],
];
const VALUES = [
  ...["localhost", "websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ==", "13"],
  ...["a, b", "permessage-deflate", "", " ", "\t x \t", "\xff\x80", "0"],
  ...["http://localhost", "https://evil.example", "a,,b", "[::1]:80", "x:y@z"],
];
/** What may be put anywhere, and what does most harm there. */
const NOISE = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  " ",
  "\t",
  ":",
  "\x7f",
  "\x80",
  "\xff",
];

/** A good request, but for what comes later. */
const GOOD = [
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

function randomHead(random: Random, starts: readonly string[]): string {
  const lines = random.chance(0.5) ? [...GOOD] : [];
  for (let count = random.below(5); count > 0; count--) {
    const line = `${random.pick(NAMES)}: ${random.pick(VALUES)}`;
    lines.splice(random.below(lines.length + 1), 0, line);
  }
  let text = `${[random.pick(starts), ...lines].join("\r\n")}\r\n\r\n`;
  if (random.chance(0.1)) text = `\r\n${text}`;
  if (random.chance(0.2)) text += "behind it";
  for (let changes = random.pick([0, 0, 1, 3]); changes > 0; changes--) {
    const at = random.below(text.length);
    const drops = random.chance(0.4) ? random.int(1, 3) : 0;
    const noise = drops > 0 && random.chance(0.5) ? "" : random.pick(NOISE);
    text = text.slice(0, at) + noise + text.slice(at + drops);
  }
  return text;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REQUEST = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP\/(\d)\.\d$/;
/** What can't be in a head, but for a CR that has an LF behind it, or may get. */
// deno-lint-ignore no-control-regex
const BAD = /[\x00-\x08\x0a-\x0c\x0e-\x1f\x7f]|\r(?!\n|$)/;

type Verdict = { status: number } | { size: number; fields: string[] } | string;

/** What a head is worth, in the plainest way to say it. */
function judge({ text, maxSize, maxHeaders }: HeadCase): Verdict {
  const read = text.slice(0, maxSize);
  const fields: string[] = [];
  let isStarted = false;
  let isEmptySeen = false;
  for (let at = 0;;) {
    const end = read.indexOf("\r\n", at);
    const line = read.slice(at, end === -1 ? undefined : end);
    const isCut = end !== -1 && line.includes("\r");
    if (isCut || BAD.test(line)) return { status: 400 };
    if (end === -1) {
      if (text.length <= maxSize) return "unfinished";
      return { status: isStarted ? 431 : 400 };
    }
    at = end + 2;
    if (!isStarted) {
      if (line === "" && !isEmptySeen) {
        isEmptySeen = true;
        continue;
      }
      const match = REQUEST.exec(line);
      if (match === null) return { status: 400 };
      if (match[1] !== "1") return { status: 505 };
      isStarted = true;
    } else {
      if (line === "") return { size: at, fields };
      if (fields.length >= maxHeaders) return { status: 431 };
      const colon = line.indexOf(":");
      if (!TOKEN.test(line.slice(0, Math.max(0, colon)))) {
        return { status: 400 };
      }
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
      fields.push(`${line.slice(0, colon).toLowerCase()}: ${value}`);
    }
  }
}

function parse(value: HeadCase): Verdict {
  const { maxSize, maxHeaders } = value;
  const parser = new HttpHeadParser(parseRequestLine, { maxSize, maxHeaders });
  let used = 0;
  for (const piece of cut(encodeLatin1(value.text), value.cuts)) {
    used += parser.push(piece);
    if (parser.head !== undefined || parser.failure !== undefined) break;
  }
  const { head, failure } = parser;
  if (failure !== undefined) return { status: failure.status };
  if (head === undefined) return "unfinished";
  assertSame(parser.size, used);
  const outcome = readUpgradeRequest(head, { isSecure: false });
  if (isRefusal(outcome)) {
    const { status } = outcome;
    if (![400, 403, 404, 426].includes(status)) throw new Error(`${status}`);
  } else {
    const { key, origin } = outcome;
    if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) throw new Error(`Key ${key}`);
    if (origin?.includes("evil")) throw new Error(`Origin ${origin}`);
  }
  const given: string[] = [];
  for (const [name, field] of Object.entries(fieldsOf(value.text))) {
    assertSame(head.fields.get(name), field.join(", "));
    assertSame(head.fields.count(name), field.length);
    given.push(name);
  }
  assertSame(head.fields.size >= given.length, true);
  const { fields } = judge(value) as { fields: string[] };
  return { size: used, fields };
}

/** The values of each name, from a head that is good. */
function fieldsOf(text: string): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  const end = text.indexOf("\r\n\r\n", 3);
  for (const line of text.slice(0, end).trimStart().split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    (fields[line.slice(0, colon).toLowerCase()] ??= []).push(value);
  }
  return fields;
}

const REQUESTS = [
  ...[
    "GET / HTTP/1.1",
    "GET / HTTP/1.1",
    "GET /a?b HTTP/1.1",
    "GET / HTTP/1.0",
  ],
  ...["POST / HTTP/1.1", "GET * HTTP/1.1", "GET http://x/y HTTP/1.1"],
  ...["GET / HTTP/2.0", "GET  / HTTP/1.1", "\x16\x03\x01", ""],
];

export const requestHeadProperty = property<HeadCase>({
  name:
    "HttpHeadParser agrees with a plain model about requests, whole and cut",
  runs: 30_000,
  generate: (random) => ({
    text: randomHead(random, REQUESTS),
    cuts: randomCuts(random),
    maxSize: random.chance(0.9) ? 16384 : random.int(1, 300),
    maxHeaders: random.chance(0.9) ? 100 : random.below(8),
  }),
  check: (value) => assertSame(parse(value), judge(value)),
});

type ResponseCase = { text: string; cuts: Cuts };

const RESPONSES = [
  ...["HTTP/1.1 101 Switching Protocols", "HTTP/1.1 200 OK", "HTTP/1.0 101 x"],
  ...["HTTP/1.1 103 Early Hints", "HTTP/1.1 999 x", "HTTP/1.1 401", "HTTP/1.1"],
];

function readResponse(text: string, cuts: Cuts): unknown {
  const reader = new ResponseReader(1000);
  let used = 0;
  for (const piece of cut(encodeLatin1(text), cuts)) {
    used += reader.push(piece);
    if (reader.head !== undefined || reader.failure !== undefined) break;
  }
  const { head, failure } = reader;
  if (failure !== undefined) return [failure.status, failure.reason];
  if (head === undefined) return "unfinished";
  if (used > 1000) throw new Error(`Used ${used} bytes`);
  const { status } = head.start;
  if (status !== 101 && status < 200) throw new Error(`Interim ${status}`);
  return [used, head.start, [...head.fields.toHeaders()]];
}

export const responseHeadProperty = property<ResponseCase>({
  name: "ResponseReader makes the same of a response, whole and cut",
  runs: 12_000,
  generate: (random) => {
    let text = "";
    for (let count = random.int(1, 3); count > 0; count--) {
      text += randomHead(random, RESPONSES);
    }
    return { text, cuts: randomCuts(random) };
  },
  check: ({ text, cuts }) =>
    assertSame(readResponse(text, cuts), readResponse(text, [])),
});

type LineCase = { text: string };

export const statusLineProperty = property<LineCase>({
  name: "parseStatusLine() takes what the grammar allows, and nothing else",
  runs: 5_000,
  generate: (random) => {
    const text = random.pick(RESPONSES);
    const at = random.below(text.length + 1);
    return {
      text: text.slice(0, at) + random.pick(NOISE) +
        text.slice(at + random.below(3)),
    };
  },
  check: ({ text }) => {
    const line = parseStatusLine(text);
    const [, version, status] = /^(HTTP\/1\.\d) (\d{3})(?: .*|)$/s.exec(text) ??
      [];
    const isGood = version !== undefined && /^[1-5]/.test(status) &&
      !/[\r\n]/.test(text);
    assertSame("status" in line && !("reason" in line), isGood);
  },
});
