/**
 * Recipe: request and response with a deadline, over one connection.
 *
 * Requests have numbers, so that a late answer is not taken for the answer to the
 * next request. The second request here takes too long; the connection stays in
 * use, and the late answer is skipped.
 *
 * ```sh
 * deno run --allow-net examples/request_deadline.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** Asks one thing at a time. */
class Asker {
  readonly #conn: TcpConn;
  #id = 0;

  constructor(conn: TcpConn) {
    this.#conn = conn;
  }

  /** Sends a request and waits for its answer, both within the timeout. */
  async ask(request: string, timeout: number): Promise<string> {
    const id = ++this.#id;
    // One deadline for all steps, not a timeout for each.
    const wait = { deadline: Date.now() + timeout };
    await this.#conn.writeString(`${id} ${request}\n`, wait);
    for await (const line of this.#conn.lines(wait)) {
      const [answered, ...words] = line.split(" ");
      if (Number(answered) === id) return words.join(" ");
      console.log(`(late: ${line})`);
    }
    throw new Deno.errors.UnexpectedEof("Cannot ask: the server has ended");
  }
}

/** Answers in capitals, to "slow" not before `late` resolves. */
async function answer(conn: TcpConn, late: Promise<void>): Promise<void> {
  for await (const line of conn.lines()) {
    if (line.endsWith("slow")) await late;
    await conn.writeString(`${line.toUpperCase()}\n`);
  }
}

const { promise, resolve } = Promise.withResolvers<void>();
const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve((conn) => answer(conn, promise));
using conn = await dialTcp(listener.addr, { timeout: 5000 });
const asker = new Asker(conn);
console.log(await asker.ask("first", 5000));
try {
  await asker.ask("slow", 100);
} catch (error) {
  if (!(error instanceof DOMException)) throw error;
  console.log(error.name);
}
resolve();
console.log(await asker.ask("third", 5000));
conn.close();
listener.close();
await serving;
