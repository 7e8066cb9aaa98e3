import { stripControls } from "../../chat/room/text/_clean_text.ts";
import { LineDecoder } from "../../chat/server/line_decoder.ts";
import { cut, type Cuts, randomCuts, toBytes } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";
import { randomUtf8 } from "./_utf8_property.ts";

type LinesCase = { bytes: number[]; cuts: Cuts; maxLength: number };

/** Bytes that mean something: the ends of lines, and telnet's. */
const SPECIAL = [0, 10, 13, 240, 250, 251, 252, 253, 254, 255];

function randomLines(random: Random, hasTelnet: boolean): number[] {
  const bytes: number[] = [];
  for (let count = random.below(12); count > 0; count--) {
    if (random.chance(0.5)) bytes.push(...randomUtf8(random, 8));
    else {
      const byte = random.pick(SPECIAL);
      bytes.push(byte);
      if (byte === 13) bytes.push(random.pick([10, 0, 13]));
    }
  }
  return hasTelnet ? bytes : bytes.filter((byte) => byte < 240);
}

/** The lines and errors, and apart from them what is sent back. */
function decode(value: LinesCase): [lines: string[], replies: number[]] {
  const maxLength = Math.max(1, Math.trunc(value.maxLength));
  const decoder = new LineDecoder({ maxLength });
  const lines: string[] = [];
  const replies: number[] = [];
  const pieces = cut(toBytes(value.bytes), value.cuts);
  const take = (events: ReturnType<LineDecoder["push"]>) => {
    for (const event of events) {
      if (event.type === "line") lines.push(event.text);
      else if (event.type === "error") lines.push(`! ${event.code}`);
      else replies.push(...event.bytes);
    }
  };
  for (const piece of pieces) {
    const chunk = piece.slice();
    take(decoder.push(chunk));
    chunk.fill(0xee);
  }
  take(decoder.end());
  return [lines, replies];
}

/** What lines without telnet's bytes are, in the plainest way to say it. */
function judge({ bytes, maxLength }: LinesCase): string[] {
  const text = String.fromCharCode(...bytes.map((byte) => byte & 255));
  const parts = text.split(/\r\n|\r\0|\n/);
  // The last has no end; a CR that may be a part of one does not count.
  const last = (parts.pop() ?? "").replace(/\r$/, "");
  const lines = last === "" ? parts : [...parts, last];
  return lines.map((line) => {
    if (line.length > Math.max(1, Math.trunc(maxLength))) {
      return "! line-too-long";
    }
    try {
      const raw = Uint8Array.from(line, (it) => it.charCodeAt(0));
      const decoded = new TextDecoder("utf-8", { fatal: true }).decode(raw);
      return stripControls(decoded);
    } catch {
      return "! invalid-utf8";
    }
  });
}

export const chatLinesProperty = property<LinesCase>({
  name:
    "LineDecoder agrees with a plain model about lines, wherever they are cut",
  runs: 10_000,
  generate: (random) => ({
    bytes: randomLines(random, false),
    cuts: randomCuts(random),
    maxLength: random.pick([1, 5, 20, 4096]),
  }),
  check: (value) => {
    const bytes = value.bytes.filter((byte) => byte >= 0 && byte < 240);
    const plain = { ...value, bytes };
    assertSame(decode(plain), [judge(plain), []]);
  },
});

export const telnetLinesProperty = property<LinesCase>({
  name: "LineDecoder makes the same of telnet's bytes, whole and cut",
  runs: 10_000,
  generate: (random) => ({
    bytes: randomLines(random, true),
    cuts: randomCuts(random),
    maxLength: random.pick([1, 5, 20, 4096]),
  }),
  check: (value) => {
    const cutUp = decode(value);
    assertSame(cutUp, decode({ ...value, cuts: [] }));
    for (const line of cutUp[0]) {
      // deno-lint-ignore no-control-regex
      assertSame(/[\x00-\x1f\x7f-\x9f]/.test(line), false);
    }
  },
});
