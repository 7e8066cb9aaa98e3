import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../../websocket/protocol_error.ts";
import { Deflater } from "../../../websocket/deflate/_deflater.ts";
import { Inflater } from "../../../websocket/deflate/_inflater.ts";
import { loadZlib } from "../../../websocket/deflate/_zlib.ts";
import { concat, cuts, hex, masked, parse, utf8 } from "../support/_frames.ts";
import { withSeedsAsync } from "../../property/_random.ts";

const MIB = 1024 * 1024;
const zlib = await loadZlib();

function inflater(contextTakeover = true, windowBits = 15): Inflater {
  return new Inflater(zlib, { contextTakeover, windowBits });
}

/** Compresses messages that refer to nothing before. */
function compress(message: Uint8Array, windowBits = 15): Uint8Array {
  const deflater = new Deflater(zlib, { contextTakeover: false, windowBits });
  const compressed = deflater.compress(message);
  assert(!(compressed instanceof Promise));
  return compressed;
}

/** Inflates a message in pieces, each of which is overwritten when it is read. */
async function inPieces(
  it: Inflater,
  compressed: Uint8Array,
  size: number,
): Promise<Uint8Array> {
  async function* cut() {
    for (let at = 0; at < compressed.length; at += size) {
      yield compressed.subarray(at, at + size);
    }
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of it.inflatePieces(cut())) {
    pieces.push(piece.slice());
    piece.fill(0xff);
  }
  return concat(...pieces);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function assertCode(run: () => unknown, closeCode: number): void {
  const error = assertThrows(run, ProtocolError);
  assertEquals(error.closeCode, closeCode);
}

// The examples of RFC 7692 section 7.2.3.
const EXAMPLES: Record<string, string> = {
  "one block": "f2 48 cd c9 c9 07 00",
  "a stored block": "00 05 00 fa ff 48 65 6c 6c 6f 00",
  "a last block": "f3 48 cd c9 c9 07 00 00",
  "two blocks": "f2 48 05 00 00 00 ff ff ca c9 c9 07 00",
};

for (const [name, wire] of Object.entries(EXAMPLES)) {
  Deno.test(`Inflater inflates the RFC's example of ${name}`, () => {
    for (const contextTakeover of [true, false]) {
      const it = inflater(contextTakeover);
      for (let count = 0; count < 3; count++) {
        assertEquals(text(it.inflate(fromHex(wire), 100)), "Hello");
      }
    }
  });
}

Deno.test("Inflater resolves references to earlier messages, also after a last block", () => {
  for (const first of Object.values(EXAMPLES)) {
    const it = inflater();
    it.inflate(fromHex(first), 100);
    assertEquals(text(it.inflate(fromHex("f2 00 11 00 00"), 100)), "Hello");
  }
});

Deno.test("Inflater without context takeover refuses references to earlier messages with 1007", () => {
  const it = inflater(false);
  it.inflate(fromHex(EXAMPLES["one block"]), 100);
  assertCode(() => it.inflate(fromHex("f2 00 11 00 00"), 100), 1007);
});

Deno.test("Inflater inflates an empty message", () => {
  for (const wire of ["00", "02 00", "03 00 00"]) {
    assertEquals(inflater().inflate(fromHex(wire), 1).length, 0);
  }
});

Deno.test("Inflater refuses data that are no deflate blocks with 1007", () => {
  const good = compress(utf8("Some words that are compressed to this."));
  const bad = [
    "ff ff ff ff",
    "06",
    "", // nothing to put the tail behind
    "01 05 00 00 00 48 65 6c 6c 6f", // stored, with a wrong complement
  ].map(fromHex);
  for (let end = 1; end < good.length - 1; end++) {
    bad.push(good.subarray(0, end));
  }
  for (const wire of bad) {
    assertCode(() => inflater().inflate(wire, 1000), 1007);
  }
});

Deno.test("Inflater refuses data behind a last block with 1007", () => {
  for (const more of ["48", "00 00", "f2 48 cd c9 c9 07 00"]) {
    const wire = concat(fromHex("f3 48 cd c9 c9 07 00"), fromHex(more));
    assertCode(() => inflater().inflate(wire, 1000), 1007);
  }
});

Deno.test("Inflater takes maxSize bytes and ends one more with 1009", () => {
  for (const contextTakeover of [true, false]) {
    const it = inflater(contextTakeover);
    const message = new Uint8Array(5000).fill(1);
    for (let count = 0; count < 10; count++) {
      assertEquals(it.inflate(compress(message), 5000), message);
    }
    assertCode(() => it.inflate(compress(message), 4999), 1009);
  }
});

Deno.test("Inflater stops a bomb at the limit, whatever comes behind", () => {
  const bomb = zlib.deflateRawSync(new Uint8Array(64 * MIB), {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  });
  const wire = bomb.subarray(0, -4);
  const before = Deno.memoryUsage().external;
  assertCode(() => inflater().inflate(wire, MIB), 1009);
  const badBlock = concat(wire, fromHex("00 00 00 ff ff 06 06 06"));
  assertCode(() => inflater().inflate(badBlock, MIB), 1009);
  assert(Deno.memoryUsage().external - before < 16 * MIB);
});

Deno.test("Inflater keeps the window it has agreed to, and no more", async () => {
  // 700 bytes that do not repeat, and then the same again.
  const message = utf8(
    Array.from(
      { length: 700 },
      (_, index) =>
        String.fromCharCode(32 + (index * index * 31 + index * 7) % 95),
    ).join(""),
  );
  const wide = new Deflater(zlib, { contextTakeover: true, windowBits: 15 });
  const first = new Uint8Array(await wide.compress(message));
  const second = new Uint8Array(await wide.compress(message));
  wide.close();
  assert(second.length < 20);
  const fitting = inflater(true, 10);
  fitting.inflate(first, 1000);
  assertEquals(fitting.inflate(second, 1000), message);
  const narrow = inflater(true, 9);
  narrow.inflate(first, 1000);
  assertCode(() => narrow.inflate(second, 1000), 1007);
});

Deno.test("Inflater and Deflater agree on random messages with every window", async () => {
  await withSeedsAsync(40, async (random) => {
    const contextTakeover = random.chance(0.7);
    const windowBits = random.int(8, 15);
    const options = { contextTakeover, windowBits };
    const deflater = new Deflater(zlib, options);
    const it = new Inflater(zlib, options);
    const words = Array.from(
      { length: 50 },
      () => random.text(random.int(1, 9)),
    );
    for (let count = 0; count < 20; count++) {
      let message = "";
      const length = random.pick([0, 5, 100, 2000, 40000]);
      while (message.length < length) message += random.pick(words);
      const bytes = random.chance(0.1) ? random.bytes(length) : utf8(message);
      const compressed = await deflater.compress(bytes);
      const inflated = random.chance(0.5)
        ? it.inflate(compressed, MIB)
        : await inPieces(it, compressed, random.pick([10, 1000, 50_000]));
      assertEquals(inflated, bytes);
    }
    deflater.close();
  });
});

// Together with the parser

const TEXT = 1;
const BINARY = 2;

Deno.test("FrameParser inflates whole and fragmented messages, however they are cut", () => {
  const hello = fromHex(EXAMPLES["one block"]);
  const bytes = concat(
    masked(TEXT, hello, { rsv: 4 }),
    masked(BINARY, hello.subarray(0, 3), { rsv: 4, fin: false }),
    masked(9, "ping"),
    masked(0, "", { fin: false }),
    masked(0, hello.subarray(3)),
    masked(TEXT, "plain"),
    masked(TEXT, fromHex("f2 00 11 00 00"), { rsv: 4 }),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces, { inflater: inflater() }), [
      ["text", "Hello"],
      ["ping", hex(utf8("ping"))],
      ["bytes", BINARY, hex(utf8("Hello"))],
      ["text", "plain"],
      ["text", "Hello"],
    ]);
    assertEquals(parse(pieces, { inflater: inflater(), textAs: "bytes" })[0], [
      "bytes",
      TEXT,
      hex(utf8("Hello")),
    ]);
  }
});

Deno.test("FrameParser checks inflated text for UTF-8", () => {
  for (const bad of ["61ff", "61e282", "eda080"]) {
    const bytes = masked(TEXT, compress(fromHex(bad)), { rsv: 4 });
    for (const textAs of ["string", "bytes"] as const) {
      assertEquals(parse(bytes, { inflater: inflater(), textAs }), [
        ["fail", 1007, "Text is not UTF-8"],
      ]);
    }
    const binary = masked(BINARY, compress(fromHex(bad)), { rsv: 4 });
    assertEquals(parse(binary, { inflater: inflater() }), [
      ["bytes", BINARY, bad],
    ]);
  }
});

Deno.test("FrameParser counts inflated bytes against maxMessageSize", () => {
  const options = { maxMessageSize: 1000 };
  const fitting = masked(BINARY, compress(new Uint8Array(1000)), { rsv: 4 });
  const tooLarge = masked(BINARY, compress(new Uint8Array(1001)), { rsv: 4 });
  assertEquals(
    parse(fitting, { ...options, inflater: inflater() }).length,
    1,
  );
  assertEquals(parse(tooLarge, { ...options, inflater: inflater() }), [
    ["fail", 1009, "Message too large"],
  ]);
});

Deno.test("FrameParser takes a message of the full size that can't be compressed", () => {
  const message = crypto.getRandomValues(new Uint8Array(60000));
  const wire = compress(message);
  assert(wire.length > message.length);
  const bytes = masked(BINARY, wire, { rsv: 4 });
  const options = { maxMessageSize: 60000, inflater: inflater() };
  assertEquals(parse(bytes, options), [["bytes", BINARY, hex(message)]]);
});

Deno.test("FrameParser fails on broken compressed data and goes no further", () => {
  const bytes = concat(
    masked(TEXT, fromHex("ffff"), { rsv: 4 }),
    masked(TEXT, "late"),
  );
  assertEquals(parse(bytes, { inflater: inflater() }), [
    ["fail", 1007, "Compressed data are broken"],
  ]);
});
