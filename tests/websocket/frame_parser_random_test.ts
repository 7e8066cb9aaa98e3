import { assertEquals } from "@std/assert";
import type { DataOpcode } from "../../websocket/_frame_handler.ts";
import { FrameParser } from "../../websocket/_frame_parser.ts";
import {
  concat,
  type Event,
  frame,
  hex,
  parse,
  type RawFrame,
  Recorder,
  utf8,
} from "./_frames.ts";
import { type Random, withSeeds } from "./_random.ts";

const MAX_MESSAGE_SIZE = 3000;
const MAX_FRAGMENTS = 6;

/** A sequence of frames, most of them good. */
function randomFrames(random: Random, isMasked: boolean): RawFrame[] {
  const frames: RawFrame[] = [];
  let open = false;
  for (let count = random.int(1, 15); count > 0; count--) {
    const control = random.chance(0.2);
    const fin = control || random.chance(0.6);
    const length = control ? random.int(0, 125) : random.pick([0, 3, 30, 200]);
    const text = random.chance(0.9);
    const raw: RawFrame = {
      opcode: control ? random.pick([9, 10]) : open ? 0 : random.pick([1, 2]),
      payload: text
        ? utf8(random.text(length)).slice(0, control ? 125 : undefined)
        : random.bytes(length),
      fin,
    };
    if (isMasked) {
      const [a, b, c, d] = random.bytes(4);
      raw.mask = [a, b, c, d];
    }
    if (random.chance(0.02)) raw.rsv = random.int(1, 7);
    if (random.chance(0.02)) raw.opcode = random.int(0, 15);
    if (random.chance(0.02)) raw.fin = !fin;
    if (random.chance(0.02)) raw.lengthForm = 64;
    if (random.chance(0.02)) raw.length = random.pick([2 ** 20, 2 ** 40]);
    if (random.chance(0.03)) raw.opcode = 8;
    if (!control) open = !fin;
    frames.push(raw);
  }
  return frames;
}

/** What should come of the frames, in the plainest way to say it. */
function expectedEvents(frames: readonly RawFrame[]): Event[] {
  const events: Event[] = [];
  let opcode = 0;
  let parts: Uint8Array[] = [];
  const fail = (code: number) => [...events, ["fail", code, ""]] as Event[];
  for (const raw of frames) {
    const payload = raw.payload as Uint8Array;
    const length = Number(raw.length ?? payload.length);
    const isControl = raw.opcode >= 8;
    const isKnown = [0, 1, 2, 8, 9, 10].includes(raw.opcode);
    if (raw.rsv || !isKnown) return fail(1002);
    if (isControl && (length > 125 || !raw.fin)) return fail(1002);
    if (raw.lengthForm === 64 && length < 65536) return fail(1002);
    if (isControl) {
      const outcome = controlEvent(raw.opcode, payload);
      events.push(outcome);
      if (outcome[0] === "close" || outcome[0] === "fail") return events;
      continue;
    }
    if ((raw.opcode === 0) !== (opcode !== 0)) return fail(1002);
    if (parts.length >= MAX_FRAGMENTS) return fail(1008);
    const before = parts.reduce((sum, part) => sum + part.length, 0);
    if (before + length > MAX_MESSAGE_SIZE) return fail(1009);
    if (raw.opcode !== 0) opcode = raw.opcode;
    parts.push(payload);
    const message = concat(...parts);
    if (opcode === 1) {
      const text = decode(message, raw.fin === true);
      if (text === undefined) return fail(1007);
      if (raw.fin) events.push(["text", text]);
    } else if (raw.fin) {
      events.push(["bytes", opcode as DataOpcode, hex(message)]);
    }
    if (raw.fin) {
      opcode = 0;
      parts = [];
    }
  }
  return events;
}

function controlEvent(opcode: number, payload: Uint8Array): Event {
  if (opcode !== 8) return [opcode === 9 ? "ping" : "pong", hex(payload)];
  if (payload.length === 0) return ["close", 1005, ""];
  if (payload.length === 1) return ["fail", 1002, ""];
  const code = payload[0] * 256 + payload[1];
  const isGood = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(
        code,
      ) || code >= 3000 && code <= 4999;
  if (!isGood) return ["fail", 1002, ""];
  const reason = decode(payload.subarray(2), true);
  return reason === undefined ? ["fail", 1007, ""] : ["close", code, reason];
}

/** The text, or `undefined` if it can't become text any more. */
function decode(bytes: Uint8Array, isWhole: boolean): string | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

/** Leaves the wording of failures out. */
function withoutWords(events: readonly Event[]): Event[] {
  return events.map((event) =>
    event[0] === "fail" ? ["fail", event[1], ""] : event
  );
}

Deno.test("FrameParser agrees with a plain model on random frames in random pieces", () => {
  withSeeds(1500, (random) => {
    const role = random.pick(["server", "client"] as const);
    const frames = randomFrames(random, role === "server");
    const pieces = random.pieces(concat(...frames.map(frame)));
    const events = parse(pieces, {
      role,
      maxMessageSize: MAX_MESSAGE_SIZE,
      maxFragments: MAX_FRAGMENTS,
    });
    assertEquals(withoutWords(events), expectedEvents(frames));
  });
});

Deno.test("FrameParser gives the same events when it is paused at random", () => {
  withSeeds(300, (random) => {
    const frames = randomFrames(random, true);
    const bytes = concat(...frames.map(frame));
    const options = {
      role: "server",
      maxMessageSize: MAX_MESSAGE_SIZE,
      maxFragments: MAX_FRAGMENTS,
    } as const;
    const recorder = new Recorder();
    const parser = new FrameParser(recorder, options);
    recorder.onEvent = () => {
      if (random.chance(0.5)) parser.pause();
    };
    for (const piece of random.pieces(bytes)) {
      let at = 0;
      while (at < piece.length) {
        at += parser.push(piece.subarray(at));
        parser.resume();
      }
    }
    assertEquals(recorder.events, parse(bytes, options));
  });
});

Deno.test("FrameParser survives random bytes", () => {
  withSeeds(1000, (random) => {
    const bytes = random.bytes(random.int(0, 400));
    // Starts that get further than pure noise does.
    if (bytes.length > 1 && random.chance(0.8)) {
      bytes[0] = random.pick([0x81, 0x82, 0x01, 0x89, 0x88]);
      bytes[1] = 0x80 | random.int(0, 127);
    }
    const whole = parse(bytes);
    assertEquals(
      withoutWords(parse(random.pieces(bytes))),
      withoutWords(whole),
    );
  });
});
