// What a writer gets rid of behind a reader that does not read, and by how much
// that lets the process grow, for a test: both ends of a connection of the kind
// that the argument names are in this process. Each direction is a line of JSON.
import { type Conn, type KindName, kindOf } from "../support/kinds.ts";
import { nextTurn } from "../support/_outcomes.ts";

const MIB = 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024);
/** A write that has moved nothing in so many turns of the loop is blocked. */
const BLOCKED = 50;

/** Sends so many bytes through, to have all code and all pools in memory. */
async function warmUp(kind: KindName): Promise<void> {
  const [left, right] = await kindOf(kind).connect();
  for (const [writer, reader] of [[left, right], [right, left]]) {
    const buffer = new Uint8Array(MIB);
    await Promise.all([reader.readFull(buffer), writer.write(buffer)]);
  }
  left.terminate();
  right.terminate();
}

/** Writes until nothing goes out any more, and tells how much has. */
async function fill(writer: Conn): Promise<number> {
  let last = -1;
  let isOver = false;
  const writing = (async () => {
    while (!isOver && writer.bytesWritten < 64 * MIB) await writer.write(CHUNK);
  })().catch(() => {});
  for (let turns = 0; turns < BLOCKED; turns++) {
    await nextTurn();
    if (writer.bytesWritten === last) continue;
    last = writer.bytesWritten;
    turns = 0;
  }
  isOver = true;
  void writing;
  return last;
}

function rss(): number {
  // Given by --expose-gc, so that garbage does not count.
  Reflect.get(globalThis, "gc")?.();
  return Deno.memoryUsage().rss;
}

const kind = Deno.args[0] as KindName;
await warmUp(kind);
for (const isReading of [false, true]) {
  for (const side of ["left", "right"] as const) {
    const [left, right] = await kindOf(kind).connect();
    const [reader, writer] = side === "left" ? [left, right] : [right, left];
    const before = rss();
    // One that has read something, and reads no more, is no better off.
    const reading = isReading && reader.read(new Uint8Array(1));
    const taken = await fill(writer);
    await reading;
    const grown = rss() - before;
    const read = reader.bytesRead;
    console.log(JSON.stringify({ side, isReading, taken, grown, read }));
    left.terminate();
    right.terminate();
    await Promise.all(
      [left.closed, right.closed].map((end) => end.catch(() => {})),
    );
  }
}
