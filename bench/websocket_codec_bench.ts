/**
 * The I/O-free half of the WebSocket module: what one core can parse and write.
 * Each run of the parser and the encoder handles about one read buffer of
 * frames; divide by the number in the name to get the time of one.
 *
 * @module
 */

import { Deflater } from "../websocket/deflate/_deflater.ts";
import { FrameEncoder } from "../websocket/frame/_frame_encoder.ts";
import type { FrameHandler } from "../websocket/frame/_frame_handler.ts";
import { FrameParser } from "../websocket/frame/_frame_parser.ts";
import { Inflater } from "../websocket/deflate/_inflater.ts";
import { copyMasked, maskInPlace } from "../websocket/frame/_masking.ts";
import { Utf8Validator } from "../websocket/frame/_utf8_validator.ts";
import { loadZlib } from "../websocket/deflate/_zlib.ts";

const READ_SIZE = 65536;

/** A handler that does nothing but keep the last message alive. */
class Sink implements FrameHandler {
  last: unknown;

  textMessage(text: string): void {
    this.last = text;
  }

  bytesMessage(_opcode: number, payload: Uint8Array): void {
    this.last = payload;
  }

  ping(): void {}
  pong(): void {}
  close(): void {}

  fail(error: Error): void {
    throw error;
  }
}

/** Frames of one side that fill a read buffer, at least one. */
function frames(
  role: "server" | "client",
  size: number,
  kind: "text" | "bytes",
): { bytes: Uint8Array; count: number } {
  const encoder = new FrameEncoder(role);
  const text = "x".repeat(size);
  const payload = new Uint8Array(size);
  let count = 0;
  do {
    if (kind === "text") encoder.text(text);
    else encoder.bytes(2, payload);
    count++;
  } while (encoder.length + size + 14 <= READ_SIZE);
  return { bytes: encoder.take(), count };
}

// Parser: a server reads a client's masked frames, and the other way round.

for (const role of ["server", "client"] as const) {
  for (const size of [32, 125, 1024, 65536, 1048576]) {
    for (const kind of ["text", "text as bytes", "binary"] as const) {
      const sender = role === "server" ? "client" : "server";
      const { bytes, count } = frames(
        sender,
        size,
        kind === "binary" ? "bytes" : "text",
      );
      const textAs = kind === "text as bytes" ? "bytes" : "string";
      const options = { role, textAs } as const;
      const parser = new FrameParser(new Sink(), options);
      Deno.bench({
        name: `${role} parses ${count} × ${size} bytes, ${kind}`,
        group: "parser",
        fn: () => {
          for (let at = 0; at < bytes.length; at += READ_SIZE) {
            parser.push(bytes.subarray(at, at + READ_SIZE));
          }
        },
      });
    }
  }
}

// Encoder

for (const role of ["server", "client"] as const) {
  for (const size of [32, 125, 1024, 65536]) {
    const count = Math.ceil(READ_SIZE / size);
    const encoder = new FrameEncoder(role);
    const messages: [string, () => void][] = [
      ["ASCII", textWriter(encoder, "x".repeat(size))],
      ["Cyrillic", textWriter(encoder, "ж".repeat(size / 2))],
      ["binary", bytesWriter(encoder, new Uint8Array(size))],
    ];
    for (const [kind, write] of messages) {
      Deno.bench({
        name: `${role} writes ${count} × ${size} bytes, ${kind}`,
        group: "encoder",
        fn: () => {
          for (let index = 0; index < count; index++) write();
          encoder.take();
          encoder.reserve(1);
          encoder.recycle();
        },
      });
    }
  }
}

function textWriter(encoder: FrameEncoder, text: string): () => void {
  return () => encoder.text(text);
}

function bytesWriter(encoder: FrameEncoder, bytes: Uint8Array): () => void {
  return () => encoder.bytes(2, bytes);
}

// UTF-8: the validator of this project, and the platform's decoder that also makes strings.

const ALPHABETS = {
  ASCII: "The quick brown fox jumps over the lazy dog. ",
  German: "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. ",
  Cyrillic: "Съешь же ещё этих мягких французских булок. ",
  Japanese: "いろはにほへとちりぬるをわかよたれそつねならむ",
  emoji: "😀😁😂🤣😃",
};

for (const [name, alphabet] of Object.entries(ALPHABETS)) {
  for (const size of [32, 1024, 65536]) {
    const text = alphabet.repeat(Math.ceil(size / alphabet.length));
    const bytes = new Uint8Array(size);
    const { written } = new TextEncoder().encodeInto(text, bytes);
    const whole = bytes.subarray(0, written);
    const group = `UTF-8, ${name}, ${size} bytes`;
    const validator = new Utf8Validator();
    Deno.bench({
      name: `Utf8Validator, ${name}, ${size} bytes`,
      group,
      baseline: true,
      fn: () => {
        if (validator.push(whole) !== -1) throw new Error("Not UTF-8");
      },
    });
    const decoder = new TextDecoder("utf-8", { fatal: true });
    Deno.bench({
      name: `TextDecoder, ${name}, ${size} bytes`,
      group,
      fn: () => {
        decoder.decode(whole, { stream: true });
      },
    });
  }
}

// Masking

for (const size of [32, 1024, 65536]) {
  const group = `masking ${size} bytes`;
  const bytes = new Uint8Array(size + 8);
  const from = new DataView(bytes.buffer);
  const to = new DataView(new ArrayBuffer(size + 8));
  const mask = [1, 2, 3, 4];
  Deno.bench({
    name: `copyMasked(), ${size} bytes`,
    group,
    baseline: true,
    fn: () => {
      copyMasked(from, 3, to, 1, size, 0x04030201);
    },
  });
  Deno.bench({
    name: `maskInPlace(), ${size} bytes`,
    group,
    fn: () => maskInPlace(from, 3, size, 0x04030201),
  });
  Deno.bench({
    name: `byte by byte, ${size} bytes`,
    group,
    fn: () => {
      for (let at = 0; at < size; at++) bytes[at + 3] ^= mask[at & 3];
    },
  });
}

// permessage-deflate

const zlib = await loadZlib();

for (const size of [64, 1024, 16384]) {
  for (const contextTakeover of [false, true]) {
    const name = `${size} bytes ${
      contextTakeover ? "with" : "without"
    } takeover`;
    const options = { contextTakeover, windowBits: 15 };
    const json = '{"id":12345,"name":"someone","text":"some words"},';
    const message = new TextEncoder().encode(
      json.repeat(Math.ceil(size / json.length)).slice(0, size),
    );
    const deflater = new Deflater(zlib, options);
    Deno.bench({
      name: `Deflater, ${name}`,
      group: "deflate",
      fn: async () => {
        await deflater.compress(message);
      },
    });
    const alone = new Deflater(zlib, { ...options, contextTakeover: false });
    const compressed = await alone.compress(message);
    const inflater = new Inflater(zlib, options);
    Deno.bench({
      name: `Inflater, ${name}`,
      group: "inflate",
      fn: () => {
        inflater.inflate(compressed, 1048576);
      },
    });
  }
}
