import { assertEquals } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { readAll } from "../../tcp/read_all.ts";
import { beBusy } from "../internal/_be_busy.ts";
import { pattern } from "./support/_bytes.ts";
import { type Conn, testEachKind } from "./support/kinds.ts";

const TIMEOUT = 20;

const WAYS: Record<string, (conn: Conn) => Promise<unknown>> = {
  "read()": (conn) => conn.read(new Uint8Array(8), { timeout: TIMEOUT }),
  "readFull()": (conn) =>
    conn.readFull(new Uint8Array(5), { timeout: TIMEOUT }),
  "readLine()": (conn) => conn.readLine({ timeout: TIMEOUT }),
  "lines()": (conn) => conn.lines({ timeout: TIMEOUT }).next(),
  "a read with a deadline": (conn) =>
    conn.read(new Uint8Array(8), { deadline: Date.now() + TIMEOUT }),
  "a reader under a read timeout": (conn) => {
    conn.setReadTimeout(TIMEOUT);
    return conn.readable.getReader().read();
  },
};

for (const [name, wait] of Object.entries(WAYS)) {
  testEachKind(
    `${name} gets what has arrived while the process was busy`,
    async (left, right) => {
      const reading = wait(left);
      await right.writeString("here\n");
      beBusy(3 * TIMEOUT);
      await reading;
    },
  );
}

testEachKind(
  "readAll() gets what has arrived while the process was busy",
  async (left, right) => {
    const reading = readAll(left, { timeout: TIMEOUT });
    await right.write(pattern(1000));
    await right.closeWrite();
    beBusy(3 * TIMEOUT);
    assertEquals(await reading, pattern(1000));
  },
);

Deno.test("accept() gets the connection that came while the process was busy", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept({ timeout: TIMEOUT });
  const dialling = dialTcp(listener.addr, { timeout: TIMEOUT });
  beBusy(3 * TIMEOUT);
  using _server = await accepting;
  using _client = await dialling;
});
