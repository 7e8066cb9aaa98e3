import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  encodeFrame,
  FrameEncoder,
} from "../../../websocket/frame/_frame_encoder.ts";
import {
  concat,
  type Event,
  frame,
  hex,
  parse,
  utf8,
} from "../support/_frames.ts";
import { withSeeds } from "../../property/_random.ts";

const ROLES = ["server", "client"] as const;

/** What an encoder writes for one side. */
function encode(
  role: "server" | "client",
  write: (encoder: FrameEncoder) => void,
): Uint8Array {
  const encoder = new FrameEncoder(role);
  write(encoder);
  return encoder.take();
}

/** What the other side's parser makes of it. */
function received(
  role: "server" | "client",
  write: (encoder: FrameEncoder) => void,
): Event[] {
  const other = role === "server" ? "client" : "server";
  const maxMessageSize = 2 ** 24;
  return parse(encode(role, write), { role: other, maxMessageSize });
}

/** Writes a message in frames of at most so many bytes. */
function writeFragments(
  encoder: FrameEncoder,
  opcode: 1 | 2,
  payload: Uint8Array,
  size: number,
): void {
  let at = 0;
  do {
    const piece = payload.subarray(at, at + size);
    const isFinal = at + size >= payload.length;
    encoder.fragment(at === 0 ? opcode : 0, piece, { isFinal });
    at += size;
  } while (at < payload.length);
}

Deno.test("FrameEncoder writes a server's frames byte for byte", () => {
  const bytes = Uint8Array.from({ length: 70000 }, (_, index) => index);
  for (const length of [0, 1, 125, 126, 65535, 65536, 70000]) {
    const payload = bytes.subarray(0, length);
    assertEquals(
      encode("server", (encoder) => encoder.bytes(2, payload)),
      frame({ opcode: 2, payload }),
    );
    assertEquals(
      encode("server", (encoder) => encoder.compressed(1, payload)),
      frame({ opcode: 1, payload, rsv: 4 }),
    );
    assertEquals(encodeFrame(2, payload), frame({ opcode: 2, payload }));
    const text = "é".repeat(length >> 1);
    const expected = frame({ opcode: 1, payload: text });
    assertEquals(encode("server", (encoder) => encoder.text(text)), expected);
    assertEquals(encodeFrame(1, utf8(text)), expected);
  }
});

Deno.test("FrameEncoder masks a client's frames with a key of their own", () => {
  const wire = encode("client", (encoder) => {
    encoder.bytes(2, Uint8Array.of(1, 2, 3, 4, 5));
    encoder.bytes(2, Uint8Array.of(1, 2, 3, 4, 5));
  });
  const [first, second] = [wire.subarray(0, 11), wire.subarray(11)];
  assertEquals(second.length, 11);
  for (const bytes of [first, second]) {
    const [a, b, c, d] = bytes.subarray(2, 6);
    const payload = Uint8Array.of(1, 2, 3, 4, 5);
    assertEquals(bytes, frame({ opcode: 2, payload, mask: [a, b, c, d] }));
  }
  assertNotEquals(hex(first.subarray(2, 6)), hex(second.subarray(2, 6)));
});

Deno.test("FrameEncoder takes the keys of 1,000 client frames from crypto", () => {
  const original = crypto.getRandomValues;
  let value = 0;
  crypto.getRandomValues = (array) => {
    if (array instanceof Int32Array) {
      for (let at = 0; at < array.length; at++) array[at] = value++;
    }
    return array;
  };
  try {
    const wire = encode("client", (encoder) => {
      for (let count = 0; count < 1000; count++) encoder.text("");
    });
    const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
    const keys: number[] = [];
    for (let at = 2; at < wire.length; at += 6) {
      keys.push(view.getInt32(at, true));
    }
    assertEquals(keys, Array.from({ length: 1000 }, (_, index) => index));
  } finally {
    crypto.getRandomValues = original;
  }
});

Deno.test("FrameEncoder.text() writes text of any length and alphabet on both sides", () => {
  const alphabets = ["a", "é", "漢", "😀", "a😀é", "aaaaaaaaaaaaaaaa漢"];
  const lengths = [0, 1, 41, 42, 47, 48, 49, 62, 63, 64, 125, 126, 127];
  lengths.push(21845, 21846, 32768, 65535, 65536, 70000);
  for (const alphabet of alphabets) {
    for (const length of lengths) {
      const text = alphabet.repeat(Math.ceil(length / alphabet.length))
        .slice(0, length).toWellFormed();
      for (const role of ROLES) {
        let size = -1;
        const events = received(role, (encoder) => {
          size = encoder.text(text);
        });
        assertEquals(events, [["text", text]]);
        assertEquals(size, utf8(text).length);
      }
    }
  }
});

Deno.test("FrameEncoder.text() appends behind what is there already", () => {
  for (const role of ROLES) {
    const texts = ["a", "ü".repeat(100), "", "x".repeat(60000), "é", "end"];
    const events = received(role, (encoder) => {
      for (const text of texts) encoder.text(text);
    });
    assertEquals(events, texts.map((text) => ["text", text]));
  }
});

Deno.test("FrameEncoder.text() sends U+FFFD for a lone surrogate", () => {
  for (const text of ["\ud800", "a\udc00b", "x".repeat(60) + "\ud83d"]) {
    assertEquals(received("client", (encoder) => encoder.text(text)), [
      ["text", text.toWellFormed()],
    ]);
  }
});

Deno.test("FrameEncoder keeps nothing of the payload", () => {
  const payload = Uint8Array.of(1, 2, 3);
  for (const role of ROLES) {
    const encoder = new FrameEncoder(role);
    encoder.bytes(2, payload);
    const wire = encoder.take().slice();
    payload.fill(9);
    const other = role === "server" ? "client" : "server";
    assertEquals(parse(wire, { role: other }), [["bytes", 2, "010203"]]);
    payload.set([1, 2, 3]);
  }
});

Deno.test("FrameEncoder.fragment() writes one frame of a message in several", () => {
  const wire = encode("server", (encoder) => {
    writeFragments(encoder, 1, utf8("abcdefg"), 3);
  });
  assertEquals(
    wire,
    concat(
      frame({ opcode: 1, payload: "abc", fin: false }),
      frame({ opcode: 0, payload: "def", fin: false }),
      frame({ opcode: 0, payload: "g" }),
    ),
  );
  for (const role of ROLES) {
    for (const size of [1, 2, 3, 4, 6, 7, 8, 100]) {
      assertEquals(
        received(
          role,
          (encoder) => writeFragments(encoder, 1, utf8("añbcé"), size),
        ),
        [["text", "añbcé"]],
      );
    }
    assertEquals(
      received(
        role,
        (encoder) => writeFragments(encoder, 2, new Uint8Array(0), 5),
      ),
      [["bytes", 2, ""]],
    );
  }
});

Deno.test("FrameEncoder writes control frames on both sides", () => {
  const full = new Uint8Array(125).fill(5);
  for (const role of ROLES) {
    const events = received(role, (encoder) => {
      encoder.ping(new Uint8Array(0));
      encoder.ping(full);
      encoder.pong(Uint8Array.of(1));
      encoder.close(4321, "Bis später");
    });
    assertEquals(events, [
      ["ping", ""],
      ["ping", hex(full)],
      ["pong", "01"],
      ["close", 4321, "Bis später"],
    ]);
    assertEquals(received(role, (encoder) => encoder.close()), [
      ["close", 1005, ""],
    ]);
  }
});

Deno.test("FrameEncoder.close() refuses codes and reasons that may not be sent, and writes nothing", () => {
  const encoder = new FrameEncoder("client");
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5]) {
    assertThrows(() => encoder.close(code), RangeError, "Cannot close");
  }
  const floats = new Float32Array(9) as unknown as string;
  assertThrows(() => encoder.close(1000, floats), TypeError, "Cannot close");
  const code = "1000" as unknown as number;
  assertThrows(() => encoder.close(code), TypeError, "Cannot close");
  assertThrows(() => encoder.close(undefined, "why"), TypeError, "a code");
  const reason = "é".repeat(62);
  assertThrows(() => encoder.close(1000, reason), RangeError, "124 bytes");
  assertEquals(encoder.length, 0);
  encoder.close(1000, "é".repeat(61) + "x");
  assertEquals(encoder.length, 2 + 4 + 125);
});

Deno.test("FrameEncoder and FrameParser agree on random messages", () => {
  withSeeds(200, (random) => {
    const role = random.pick(ROLES);
    const expected: Event[] = [];
    const wire = encode(role, (encoder) => {
      for (let count = random.int(1, 20); count > 0; count--) {
        const text = random.text(random.pick([0, 5, 50, 500]));
        const bytes = random.bytes(random.pick([0, 5, 50, 500]));
        switch (random.int(0, 3)) {
          case 0:
            encoder.text(text);
            expected.push(["text", text]);
            break;
          case 1:
            encoder.bytes(2, bytes);
            expected.push(["bytes", 2, hex(bytes)]);
            break;
          case 2:
            writeFragments(encoder, 1, utf8(text), random.int(1, 40));
            expected.push(["text", text]);
            break;
          default:
            encoder.ping(bytes.subarray(0, 125));
            expected.push(["ping", hex(bytes.subarray(0, 125))]);
        }
      }
    });
    const other = role === "server" ? "client" : "server";
    assertEquals(parse(random.pieces(wire), { role: other }), expected);
  });
});
