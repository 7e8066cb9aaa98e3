import { assert, assertEquals, assertLess } from "@std/assert";
import { delay } from "@std/async";
import { getBallast, noteHandedOut } from "../../../internal/bytes/ballast.ts";
import { ReadHalf } from "../../../tcp/conn/_read_half.ts";
import { Slab } from "../../../internal/bytes/slab.ts";
import { FrameParser } from "../../../websocket/frame/_frame_parser.ts";
import { HOST, makeRaw } from "../../tcp/support/_raw.ts";
import { BINARY, masked, TEXT } from "../../websocket/support/_frames.ts";

const MIB = 1024 * 1024;

/** How many more bytes have been handed out when `act` is done. */
async function handedOutBy(act: () => unknown): Promise<number> {
  const before = getBallast().handedOut;
  await act();
  return getBallast().handedOut - before;
}

const handler = {
  textMessage() {},
  bytesMessage() {},
  ping() {},
  pong() {},
  close() {},
  fail(error: Error) {
    throw error;
  },
};

Deno.test("what is handed out in memory of its own counts, once", async () => {
  const bytes = new Uint8Array(10_000);
  assertEquals(await handedOutBy(() => new Slab(64, 16).copy(bytes)), 10_000);

  const raw = makeRaw({
    read: (buffer) => Promise.resolve(Math.min(buffer.length, 100)),
  });
  const reads = new ReadHalf(raw, HOST, true);
  await reads.read(new Uint8Array(1));
  assertEquals(await handedOutBy(() => reads.takeCopy()), 99);

  const options = { role: "server", textAs: "bytes" } as const;
  const parser = new FrameParser(handler, options);
  const wire = masked(BINARY, bytes);
  assertEquals(await handedOutBy(() => parser.push(wire)), 10_000);
  const inPieces = () => {
    parser.push(wire.subarray(0, 5000));
    parser.push(wire.subarray(5000));
  };
  assertEquals(await handedOutBy(inPieces), 10_000);
  const short = masked(TEXT, "x".repeat(100));
  const bySlab = await handedOutBy(() => parser.push(short));
  assert(bySlab >= 100 && bySlab < 1000, `${bySlab}`);
});

Deno.test({
  name: "who is handed out much takes a ballast on, of addresses only",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { rss } = Deno.memoryUsage();
    noteHandedOut(64 * MIB - getBallast().handedOut);
    await import("node:v8");
    await delay(0);
    assertEquals(getBallast().size, 0);
    noteHandedOut(1);
    while (getBallast().size === 0) await delay(0);
    const { size } = getBallast();
    const { heap_size_limit: limit } = (await import("node:v8"))
      .getHeapStatistics();
    assertEquals(size, Math.min(Math.floor(limit / 4), 512 * MIB));
    assert(Deno.memoryUsage().external >= size);
    assertLess(Deno.memoryUsage().rss - rss, size / 2);
    noteHandedOut(128 * MIB);
    await delay(0);
    assertEquals(getBallast().size, size);
  },
});
