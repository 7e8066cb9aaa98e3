import { assertEquals } from "@std/assert";
import {
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../../internal/bytes/buffer_pool.ts";
import { ReadRoom } from "../../../tcp/tls/_read_room.ts";

function afterReads(...lengths: number[]): ReadRoom {
  const room = new ReadRoom();
  for (const length of lengths) room.note(length, false);
  return room;
}

Deno.test("a read that fills its room is followed by one of a large buffer, and else by a small one", () => {
  assertEquals(new ReadRoom().room, SMALL_BUFFER);
  assertEquals(afterReads(SMALL_BUFFER).room, WIDE_BUFFER);
  assertEquals(afterReads(SMALL_BUFFER, WIDE_BUFFER).room, WIDE_BUFFER);
  assertEquals(afterReads(SMALL_BUFFER, 20_000).room, SMALL_BUFFER);
});

Deno.test("a read in the handshake gets a buffer of some KiB at most", () => {
  const room = new ReadRoom();
  room.note(SMALL_BUFFER, true);
  assertEquals(room.size, MEDIUM_BUFFER);
});

Deno.test("a read after three of one length has room for one more of it", () => {
  assertEquals(afterReads(86, 86).room, SMALL_BUFFER);
  const { room, size } = afterReads(86, 86, 86);
  assertEquals({ room, size }, { room: 86, size: SMALL_BUFFER });
  assertEquals(afterReads(86, 86, 86, 40).room, SMALL_BUFFER);
  const full = Array<number>(3).fill(SMALL_BUFFER);
  assertEquals(afterReads(...full).room, WIDE_BUFFER);
});

Deno.test("one read in sixteen of one length finds out whether there is more", () => {
  const reads = Array<number>(15).fill(86);
  assertEquals(afterReads(...reads).room, 86);
  assertEquals(afterReads(...reads, 86).room, SMALL_BUFFER);
  assertEquals(afterReads(...reads, 86, 86).room, 86);
});

Deno.test("a connection between whose reads others read gets no room for just its message", () => {
  const [one, other] = [new ReadRoom(), new ReadRoom()];
  for (let read = 0; read < 5; read++) {
    one.note(86, false);
    other.note(86, false);
  }
  assertEquals([one.room, other.room], [SMALL_BUFFER, SMALL_BUFFER]);
  for (let read = 0; read < 2; read++) one.note(86, false);
  assertEquals(one.room, SMALL_BUFFER);
  one.note(86, false);
  assertEquals(one.room, 86);
});
