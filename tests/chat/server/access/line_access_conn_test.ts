import { assertEquals } from "@std/assert";
import type { AccessInput } from "../../../../chat/server/access/_access_control.ts";
import { LineAccessConn } from "../../../../chat/server/access/_line_access_conn.ts";
import type { StreamConn } from "../../../../tcp/conn/stream_conn.ts";

/** A connection over which the given pieces come, and its client. */
function connect(pieces: readonly Uint8Array[]) {
  const left = [...pieces];
  const written: number[] = [];
  const conn = {
    read(buffer: Uint8Array): Promise<number | null> {
      const piece = left.shift();
      if (piece === undefined) return Promise.resolve(null);
      buffer.set(piece);
      return Promise.resolve(piece.length);
    },
    write(bytes: Uint8Array): Promise<void> {
      written.push(...bytes);
      return Promise.resolve();
    },
  } as unknown as StreamConn<Deno.NetAddr>;
  return { lines: new LineAccessConn(conn, 10), written };
}

async function readAll(lines: LineAccessConn): Promise<AccessInput[]> {
  const inputs: AccessInput[] = [];
  while (true) {
    const input = await lines.read({});
    if (input === null) return inputs;
    inputs.push(input);
  }
}

/** Bytes of which each character is one. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

Deno.test("LineAccessConn reads the same lines and faults wherever the bytes are cut", async () => {
  const bytes = bytesOf(
    "one\r\0t\xff\xfd\nwo\n01234567890\xff\xfd\x06\n\xc3(\nthree\r\nrest",
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
    const { lines, written } = connect(pieces);
    assertEquals(await readAll(lines), [
      { text: "one" },
      { text: "two" },
      { fault: "line-too-long" },
      { fault: "invalid-utf8" },
      { text: "three" },
    ], `${cut}`);
    assertEquals(written, [255, 252, 10, 255, 252, 6], `${cut}`);
  }
});

Deno.test("LineAccessConn leaves the lines behind one to the chat", async () => {
  const { lines } = connect([bytesOf("secret\r\nalice\nhello")]);
  assertEquals(await lines.read({}), { text: "secret" });
  assertEquals(lines.rest(undefined), bytesOf("alice\nhello"));
  assertEquals(lines.rest("{}"), bytesOf("{}\nalice\nhello"));
});

Deno.test("LineAccessConn passes on a first message of any length", () => {
  const { lines } = connect([]);
  const first = "x".repeat(1_000_000);
  assertEquals(lines.rest(first).length, first.length + 1);
});
