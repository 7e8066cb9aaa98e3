import { assert, assertEquals } from "@std/assert";
import {
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  PAGE_BUFFER,
  poolSizeFor,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../../internal/bytes/buffer_pool.ts";
import { ReadSizer } from "../../../tcp/conn/_read_sizer.ts";

/** Lets reads come back full `times` times, as in a bulk transfer. */
function fill(sizer: ReadSizer, times: number): number[] {
  return Array.from({ length: times }, () => {
    const { size } = sizer;
    sizer.noteRead(size, true);
    return size;
  });
}

/** A sizer in bulk whose consumer takes so many milliseconds for 16 KiB. */
function makePaced(time: number): ReadSizer {
  const sizer = new ReadSizer();
  fill(sizer, 2);
  sizer.noteTime(MEDIUM_BUFFER, time);
  return sizer;
}

Deno.test("ReadSizer begins small, and grows while reads come back full", () => {
  const sizer = new ReadSizer();
  assert(!sizer.isGrowing);
  assertEquals(fill(sizer, 4), [
    ...[IDLE_BUFFER, MEDIUM_BUFFER, LARGE_BUFFER, LARGE_BUFFER],
  ]);
  assert(sizer.isGrowing);
});

Deno.test("ReadSizer lets a full rest of a buffer count for little", () => {
  const sizer = new ReadSizer();
  fill(sizer, 3);
  sizer.noteRead(100, true);
  assertEquals(sizer.size, MEDIUM_BUFFER);
});

Deno.test("ReadSizer has room for a message as long as the last one", () => {
  for (const length of [1, 128, 129, 300, 1088, 1089, 4000, 16_000]) {
    const sizer = new ReadSizer();
    sizer.noteRead(length, false);
    assertEquals(sizer.size, poolSizeFor(length));
    assert(!sizer.isGrowing);
  }
});

Deno.test("ReadSizer adds up the reads that a message takes", () => {
  const sizer = new ReadSizer();
  sizer.noteRead(IDLE_BUFFER, true);
  sizer.noteRead(200, false);
  assertEquals(sizer.size, SMALL_BUFFER);
  // The sum begins anew.
  sizer.noteRead(200, false);
  assertEquals(sizer.size, SMALL_BUFFER);
  sizer.noteRead(20, false);
  assertEquals(sizer.size, IDLE_BUFFER);
});

Deno.test("ReadSizer waits with more than 16 KiB only for a quick consumer", () => {
  const sizes = [
    ...[[undefined, MEDIUM_BUFFER], [0.1, WIDE_BUFFER]] as const,
    ...[[0.2, MEDIUM_BUFFER]] as const,
  ];
  for (const [time, size] of sizes) {
    const sizer = new ReadSizer();
    if (time !== undefined) sizer.noteTime(MEDIUM_BUFFER, time);
    sizer.noteRead(20_000, false);
    assertEquals(sizer.size, size, `${time} ms for 16 KiB`);
  }
});

Deno.test("ReadSizer holds 16 KiB at most where much more came than that", () => {
  const sizer = makePaced(0.001);
  sizer.noteRead(LARGE_BUFFER, true);
  sizer.noteRead(10, false);
  assertEquals(sizer.size, MEDIUM_BUFFER);
});

Deno.test("ReadSizer chooses the largest window that takes 3 ms at most", () => {
  const sizes = [
    ...[[0.2, LARGE_BUFFER], [0.6, WIDE_BUFFER], [3, MEDIUM_BUFFER]] as const,
    ...[[5, PAGE_BUFFER], [17, SMALL_BUFFER], [999, SMALL_BUFFER]] as const,
  ];
  for (const [time, size] of sizes) {
    assertEquals(makePaced(time).size, size, `${time} ms for 16 KiB`);
  }
});

Deno.test("ReadSizer lets one slow window pass, as it may be due to the system", () => {
  const sizer = makePaced(0.1);
  sizer.noteTime(LARGE_BUFFER, 11);
  assertEquals(sizer.size, LARGE_BUFFER);
  sizer.noteTime(LARGE_BUFFER, 11);
  assertEquals(sizer.size, WIDE_BUFFER);
});

Deno.test("ReadSizer does not wait for a second window that takes above 12 ms", () => {
  const sizer = makePaced(0.1);
  sizer.noteTime(LARGE_BUFFER, 12.05);
  assertEquals(sizer.size, WIDE_BUFFER);
});

Deno.test("ReadSizer grows step by step when the consumer has become quick", () => {
  const sizer = makePaced(40);
  assertEquals(sizer.size, SMALL_BUFFER);
  // A quick window alone tells nothing: it may have been a part of a message.
  sizer.noteTime(SMALL_BUFFER, 0.01);
  assertEquals(sizer.size, SMALL_BUFFER);
  const sizes = Array.from({ length: 5 }, () => {
    sizer.noteTime(sizer.size, sizer.size * 0.00001);
    return sizer.size;
  });
  assertEquals(sizes, [
    ...[PAGE_BUFFER, MEDIUM_BUFFER, WIDE_BUFFER, LARGE_BUFFER, LARGE_BUFFER],
  ]);
});

Deno.test("ReadSizer learns from the first window, however small it is", () => {
  const sizer = new ReadSizer();
  sizer.noteRead(IDLE_BUFFER, true);
  assert(sizer.isSample(IDLE_BUFFER));
  // 16 KiB would take 51 ms at this pace.
  sizer.noteTime(IDLE_BUFFER, 0.5);
  assertEquals(sizer.size, SMALL_BUFFER);
  sizer.noteRead(SMALL_BUFFER, true);
  sizer.noteTime(SMALL_BUFFER, 0.3);
  assertEquals(sizer.size, SMALL_BUFFER);
  sizer.noteTime(SMALL_BUFFER, 0.3);
  assertEquals(sizer.size, PAGE_BUFFER);
});

Deno.test("ReadSizer does not judge a consumer by code that is not hot yet", () => {
  const sizer = new ReadSizer();
  fill(sizer, 1);
  sizer.noteTime(IDLE_BUFFER, 0.1);
  assertEquals(sizer.size, MEDIUM_BUFFER);
  // It tells nothing of larger windows either, and small ones are timed once.
  assert(!sizer.isSample(IDLE_BUFFER));
  fill(sizer, 1);
  sizer.noteTime(MEDIUM_BUFFER, 5);
  assertEquals(sizer.size, PAGE_BUFFER);
});

Deno.test("ReadSizer judges no consumer by a small window", () => {
  const sizer = makePaced(0.1);
  assert(!sizer.isSample(1000));
  sizer.noteTime(60, 1);
  sizer.noteTime(60, 20);
  assertEquals(sizer.size, LARGE_BUFFER);
});
