/**
 * Recipe: a server that limits the lines per second of each client, and the
 * connections of each address.
 *
 * A client that is too fast is slowed down: the server does not read, so that the
 * client's writes have to wait. The client here sends six lines at once, of which three
 * are free, and tries to open one connection too many.
 *
 * ```sh
 * deno run --allow-net examples/rate_limited_server.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** A bucket of tokens, one a line: it holds a few, and fills up slowly. */
class TokenBucket {
  readonly #capacity: number;
  /** Milliseconds for one more token. */
  readonly #interval: number;
  /** When the bucket would be full. */
  #fullAt = 0;

  constructor(capacity: number, interval: number) {
    this.#capacity = capacity;
    this.#interval = interval;
  }

  /** Takes a token, and tells for how many milliseconds to wait for it. */
  take(now: number): number {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    const debt = this.#fullAt - now - this.#capacity * this.#interval;
    return Math.max(0, debt);
  }
}

async function echo(conn: TcpConn): Promise<void> {
  const bucket = new TokenBucket(3, 200);
  for await (const line of conn.lines({ maxLength: 1000, timeout: 60_000 })) {
    const pause = bucket.take(performance.now());
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    await conn.writeString(
      `${line} ${pause > 0 ? "had to wait" : "is free"}\n`,
    );
  }
}

const listener = listenTcp("127.0.0.1:0", {
  maxConnections: 1000,
  maxConnectionsPerIp: 1,
});
const serving = listener.serve(echo);

using client = await dialTcp(listener.addr);
await client.writeString("one\ntwo\nthree\nfour\nfive\nsix\n");
await client.closeWrite();
console.log(await client.readLine());

// The system connects it, and the server closes it at once.
using second = await dialTcp(listener.addr);
console.log(`second connection: ${await second.readLine() ?? "closed"}`);

for await (const line of client.lines()) console.log(line);
console.log(`turned away: ${listener.droppedCount}`);
listener.close();
await serving;
