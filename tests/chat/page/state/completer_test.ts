import { assertEquals } from "@std/assert";
import { Completer } from "../../../../chat/page/state/completer.js";

const KNOWN = { nicknames: ["alice", "Albert", "bob"], rooms: ["cats"] };

/** The text after each of some presses of Tab; `undefined` ends them. */
function press(before: string, times: number): (string | undefined)[] {
  const completer = new Completer(() => KNOWN);
  let text = before;
  return Array.from({ length: times }, () => {
    const next = completer.next(text);
    if (next === undefined) return undefined;
    text = text.slice(0, next.start) + next.text;
    return next.isLast ? `${text}|` : text;
  });
}

Deno.test("Completer goes through all completions, and back to the word", () => {
  assertEquals(press("hi al", 4), [
    ...["hi Albert ", "hi alice ", "hi al|", "hi Albert "],
  ]);
});

Deno.test("Completer does not stay at the only completion", () => {
  assertEquals(press("bo", 2), ["bob: ", undefined]);
  assertEquals(press("/joi", 1), ["/join "]);
});

Deno.test("Completer leaves what it does not know", () => {
  for (const text of ["", "zzz", "hi "]) {
    assertEquals(press(text, 1), [undefined]);
  }
});
