/**
 * Recipe: text in another encoding than UTF-8, here GBK, as old servers and
 * consoles in China send it.
 *
 * `TextDecoderStream` takes every encoding of the web platform: `"gbk"`,
 * `"shift_jis"`, `"windows-1252"`, and keeps characters whole that arrive in two
 * pieces. To read lines of such a text, pipe it through `TextLineStream` of
 * `@std/streams`. The platform encodes UTF-8 only: `encodeWith` makes a table of
 * all characters that the decoder knows, for encodings of one or two bytes.
 *
 * ```sh
 * deno run --allow-net examples/other_encodings.ts
 * ```
 *
 * @module
 */

import { TextLineStream } from "jsr:@std/streams@^1.1.2/text-line-stream";
import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** Makes an encoder of an encoding that has one or two bytes a character. */
function encodeWith(encoding: string): (text: string) => Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const bytesOf = new Map<string, number[]>();
  const learn = (...bytes: number[]) => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes));
      if ([...text].length === 1 && !bytesOf.has(text)) {
        bytesOf.set(text, bytes);
      }
    } catch {
      // These bytes encode no character.
    }
  };
  for (let first = 0; first < 256; first++) learn(first);
  for (let first = 0x81; first < 256; first++) {
    for (let second = 0x40; second < 256; second++) learn(first, second);
  }
  return (text) =>
    Uint8Array.from([...text].flatMap((character) => {
      const bytes = bytesOf.get(character);
      if (bytes === undefined) {
        throw new RangeError(
          `Cannot encode "${character}": ${encoding} lacks it`,
        );
      }
      return bytes;
    }));
}

const encode = encodeWith("gbk");

/** The lines of a connection whose peer writes GBK. */
function linesOf(conn: TcpConn): ReadableStream<string> {
  return conn.readable
    .pipeThrough(new TextDecoderStream("gbk"))
    .pipeThrough(new TextLineStream());
}

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(async (conn) => {
  for await (const line of linesOf(conn)) {
    console.log(`server: got ${line}`);
    await conn.write(encode(`你说：${line}\n`));
  }
});

using client = await dialTcp(listener.addr);
const question = encode("你好，世界\n");
console.log(`client: ${question.length} bytes for six characters`);
// The first piece ends in the middle of a character.
await client.write(question.subarray(0, 3));
await client.write(question.subarray(3));
await client.closeWrite();
for await (const line of linesOf(client)) console.log(`client: got ${line}`);
listener.close();
await serving;
