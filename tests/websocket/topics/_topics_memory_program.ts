// Lets 10,000 connections subscribe and go, twice, and prints as JSON how many of
// them are still in memory, and by how many bytes the heap has grown by the second
// round.
//
//   deno run --v8-flags=--expose-gc _topics_memory_program.ts
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { Topics } from "../../../websocket/topics/topics.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import { pair } from "../support/_pairs.ts";

const { gc } = globalThis as unknown as { gc(): void };
const topics = new Topics();
const seen: WeakRef<WebSocketConn>[] = [];

async function comeAndGo(count: number): Promise<void> {
  const pairs = Array.from({ length: count }, () => pair());
  for (const [index, { server }] of pairs.entries()) {
    topics.subscribe(server, "all");
    topics.subscribe(server, `own ${index}`);
    seen.push(new WeakRef(server));
  }
  topics.publish("all", "hello");
  for (const { server, client } of pairs) {
    client.terminate();
    server.terminate();
  }
  await Promise.all(pairs.map(({ server }) => server.closed));
}

async function measure(): Promise<number> {
  for (let round = 0; round < 100; round++) await comeAndGo(100);
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise<void>(afterPoll);
  }
  const alive = seen.filter((ref) => ref.deref() !== undefined).length;
  seen.length = 0;
  // Those that a stack or a register still refers to.
  if (alive > 1) throw new Error(`${alive} connections are alive`);
  return Deno.memoryUsage().heapUsed;
}

const before = await measure();
const grown = await measure() - before;
console.log(JSON.stringify({ topics: topics.size, grown }));
