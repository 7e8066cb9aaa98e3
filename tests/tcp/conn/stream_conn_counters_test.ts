import { assert, assertEquals } from "@std/assert";
import {
  BLOCKING,
  encode,
  filled,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import { assertTimesOut, errorOf, until } from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "bytesRead and bytesWritten count each direction",
  async (left, right) => {
    assertEquals([left.bytesRead, left.bytesWritten], [0, 0]);
    await left.writeString("hello");
    await readText(right, 5);
    await right.write(filled(1000, 1));
    await readBytes(left, 1000);
    assertEquals([left.bytesRead, left.bytesWritten], [1000, 5]);
    assertEquals([right.bytesRead, right.bytesWritten], [5, 1000]);
    left.close();
    assertEquals([left.bytesRead, left.bytesWritten], [1000, 5]);
  },
);

testEachKind("bytesRead counts what no call has taken", async (left, right) => {
  const reading = errorOf(right.readFull(new Uint8Array(9)));
  await left.writeString("hello");
  await until(() => right.bytesRead === 5);
  right.setReadDeadline(1);
  await reading;
  assertEquals(right.bytesRead, 5);
});

testEachKind(
  "bufferedBytes counts what the system has not taken",
  async (left, right) => {
    assertEquals(left.bufferedBytes, 0);
    const writing = left.write(pattern(BLOCKING));
    const behind = left.writev([encode("abc"), encode("def")]);
    assertEquals(left.bufferedBytes, BLOCKING + 6);
    await until(() => left.bytesWritten > 0);
    assertEquals(left.bufferedBytes, BLOCKING + 6 - left.bytesWritten);
    await readBytes(right, BLOCKING + 6);
    await Promise.all([writing, behind]);
    assertEquals(left.bufferedBytes, 0);
    assertEquals(left.bytesWritten, BLOCKING + 6);
  },
);

testEachKind(
  "bufferedBytes leaves out what a write that gave up never sends",
  async (left, right) => {
    await assertTimesOut(left.write(pattern(BLOCKING), { timeout: 5 }));
    assertEquals(left.bytesWritten + left.bufferedBytes, left.lastWriteSent);
    const sent = left.lastWriteSent;
    await readBytes(right, sent);
    await until(() => left.bufferedBytes === 0);
    assertEquals(left.bytesWritten, sent);
  },
);

testEachKind("bufferedBytes is 0 after terminate()", async (left) => {
  const writing = errorOf(left.write(pattern(BLOCKING)));
  assert(left.bufferedBytes > 0);
  left.terminate();
  assertEquals(left.bufferedBytes, 0);
  await writing;
});

testEachKind(
  "lastWriteSent tells of the write that settled last",
  async (left, right) => {
    assertEquals(left.lastWriteSent, 0);
    await left.writeString("hello");
    assertEquals(left.lastWriteSent, 5);
    await left.writev([encode("ab"), encode("c")]);
    assertEquals(left.lastWriteSent, 3);
    await assertTimesOut(left.writeString("never", { deadline: 1 }));
    assertEquals(left.lastWriteSent, 0);
    assertEquals(await readText(right, 8), "helloabc");
  },
);

testEachKind("the addresses of the two ends match", (left, right) => {
  assert(left.localAddr !== undefined);
  assert(left.remoteAddr !== undefined);
  assertEquals(left.addr, left.localAddr);
  assertEquals(left.peerAddr, left.remoteAddr);
  assertEquals(left.remoteAddr, right.localAddr);
  assert(String(left).length > 0);
});

testEachKind("state tells which directions are open", async (left, right) => {
  assertEquals(left.state, "open");
  await left.closeWrite();
  assertEquals(left.state, "readOnly");
  assertEquals(right.state, "open");
  await right.read(new Uint8Array(1));
  assertEquals(right.state, "writeOnly");
  right.close();
  assertEquals(right.state, "closed");
});
