import { assertEquals } from "@std/assert";
import { DayChanges, dayFormat } from "../../../../chat/room/text/_day_text.ts";

Deno.test("dayFormat() gives the date and the weekday in a time zone", () => {
  const time = Date.UTC(2026, 0, 1, 23, 30);

  assertEquals(dayFormat("en", "UTC")(time), "2026-01-01, Thursday");
  assertEquals(dayFormat("en", "Asia/Shanghai")(time), "2026-01-02, Friday");
  assertEquals(dayFormat("zh-Hans", "UTC")(time), "2026-01-01, 星期四");
});

Deno.test("dayFormat() is empty for what is no time", () => {
  for (const time of [NaN, Infinity, 9e15]) {
    assertEquals(dayFormat("en")(time), "");
  }
});

Deno.test("DayChanges tells each day once in a row", () => {
  const days = new DayChanges((time) => `day ${Math.floor(time)}`, 1.5);

  assertEquals([1.9, 2, 2.1, 1, 1.1].map((time) => days.next(time)), [
    ...["", "day 2", "", "day 1", ""],
  ]);
});
