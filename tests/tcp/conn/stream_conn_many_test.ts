import { assert, assertEquals } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { nextTurn } from "../support/_outcomes.ts";

const BATCH = 100;
const BATCHES = 50;

/** How many files the process has open, if the system and we may tell. */
function countOpenFiles(): number | undefined {
  const { state } = Deno.permissions.querySync({ name: "read" });
  if (Deno.build.os !== "linux" || state !== "granted") return undefined;
  return Array.from(Deno.readDirSync("/proc/self/fd")).length;
}

// The sanitizer counts the resources; the system's own count is a second look.
Deno.test("5,000 connections opened and closed leave nothing behind", async () => {
  const before = countOpenFiles();
  let served = 0;
  {
    using listener = listenTcp("127.0.0.1:0");
    const serve = async () => {
      using conn = await listener.accept();
      const line = await conn.readLine({ timeout: 60_000 });
      if (line === null) return;
      served++;
      await conn.writeString(`${line}\n`);
    };
    const use = async (_: unknown, index: number) => {
      const conn = await dialTcp(listener.addr);
      if (index % 10 === 0) conn.setIdleTimeout(60_000, "close");
      if (index % 4 === 0) {
        conn.close();
        return conn.closed;
      }
      await conn.writeString(`${index}\n`);
      assertEquals(await conn.readLine({ timeout: 60_000 }), `${index}`);
      if (index % 4 === 1) {
        conn.close();
        return conn.closed;
      }
      await conn.closeWrite();
      assertEquals(await conn.read(new Uint8Array(1)), null);
      await conn.closed;
    };
    for (let batch = 0; batch < BATCHES; batch++) {
      const serving = Array.from({ length: BATCH }, serve);
      await Promise.all(Array.from({ length: BATCH }, use));
      await Promise.all(serving);
    }
    await listener.shutdown();
  }
  assertEquals(served, BATCH * BATCHES * 3 / 4);
  await nextTurn();
  const after = countOpenFiles();
  if (before === undefined || after === undefined) return;
  assert(after <= before + 5, `${before} open files became ${after}`);
});
