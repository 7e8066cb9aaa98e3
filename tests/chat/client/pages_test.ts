import { assertEquals } from "@std/assert";
import { readPages } from "../../../chat/client/_pages.ts";

/** Reads pages of the numbers below `length`, and notes the sizes asked for. */
function pagesOf(length: number, most = Infinity) {
  const asked: (number | undefined)[] = [];
  const read = (earlier: readonly number[], count?: number) => {
    asked.push(count);
    const start = earlier.length;
    const end = Math.min(length, start + Math.min(count ?? 10, most));
    const items = Array.from({ length: end - start }, (_, n) => start + n);
    return Promise.resolve({ items, isLast: end === length });
  };
  return { asked, read };
}

Deno.test("readPages() reads one page, or as many as the limit needs", async () => {
  for (
    const [length, limit, expected, isLast, sizes] of [
      [25, undefined, 10, false, [undefined]],
      [5, undefined, 5, true, [undefined]],
      [25, 3, 3, false, [3]],
      [25, 10, 10, false, [10]],
      [25, 12, 12, false, [10, 2]],
      [25, 25, 25, true, [10, 10, 5]],
      [25, Infinity, 25, true, [10, 10, 10]],
      [0, Infinity, 0, true, [10]],
    ] as const
  ) {
    const { asked, read } = pagesOf(length);
    const page = await readPages(limit, 10, read);
    assertEquals(page.items, Array.from({ length: expected }, (_, n) => n));
    assertEquals([page.isLast, asked], [isLast, [...sizes]]);
  }
});

Deno.test("readPages() goes on after short pages, and not after empty ones", async () => {
  const short = pagesOf(8, 3);
  assertEquals((await readPages(7, 10, short.read)).items.length, 7);
  assertEquals(short.asked, [7, 4, 1]);

  const empty = pagesOf(8, 0);
  const page = await readPages(Infinity, 10, empty.read);
  assertEquals([page.items, page.isLast, empty.asked], [[], false, [10]]);
});
