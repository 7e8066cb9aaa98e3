/**
 * Recipe: a protocol of lines, with an answer to each, and a limit to their
 * length.
 *
 * A small key-value store: `SET key value`, `GET key`. Its client sends three
 * requests at once and reads the answers after them; then one that is too long.
 *
 * ```sh
 * deno run --allow-net examples/line_protocol.ts
 * ```
 *
 * @module
 */

import {
  dialTcp,
  LineTooLongError,
  listenTcp,
  type TcpConn,
} from "../tcp/mod.ts";

const store = new Map<string, string>();

/** The answer to a line. This is the protocol, without I/O. */
function answer(line: string): string {
  const [command, key = "", ...words] = line.split(" ");
  if (command === "SET") {
    store.set(key, words.join(" "));
    return "OK";
  }
  if (command === "GET") return store.get(key) ?? "NONE";
  return `ERROR Unknown command ${JSON.stringify(command)}`;
}

async function talk(conn: TcpConn): Promise<void> {
  try {
    // The next line is read after the answer is sent, so a client that sends
    // without reading is paused, and nothing is queued for it.
    for await (const line of conn.lines({ maxLength: 100, timeout: 60_000 })) {
      await conn.writeString(`${answer(line)}\n`);
    }
  } catch (error) {
    if (!(error instanceof LineTooLongError)) throw error;
    await conn.writeString("ERROR Line too long\n");
  }
}

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(talk);
using client = await dialTcp(listener.addr);
await client.writeString("SET colour light blue\nGET colour\nDANCE\n");
for (let left = 3; left > 0; left--) {
  console.log(await client.readLine({ timeout: 5000 }));
}
await client.writeString(`SET colour ${"very ".repeat(100)}blue\n`);
console.log(await client.readLine({ timeout: 5000 }));
listener.close();
await serving;
