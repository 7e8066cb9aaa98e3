import { assertEquals } from "@std/assert";
import { entryFault } from "../../../chat/cluster/_entry_checks.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";
import { withSeeds } from "../../property/_random.ts";
import { enters, randomEntry, said } from "./_entries.ts";

Deno.test("entryFault() finds nothing wrong with an entry of any type", () => {
  const types = new Set<ChatEntry["type"]>();
  withSeeds(500, (random) => {
    const entry = randomEntry(random);
    types.add(entry.type);
    assertEquals(entryFault(entry), undefined);
  });
  assertEquals(types.size, 22);
});

Deno.test("entryFault() finds a member that is missing, wrong or too many", () => {
  withSeeds(300, (random) => {
    const entry: Record<string, unknown> = { ...randomEntry(random) };
    const members = Object.keys(entry).filter((name) => name !== "type");
    const name = random.pick(members);
    // No member may be a list of lists.
    assertEquals(entryFault({ ...entry, [name]: [[]] })?.code, "damaged");
    assertEquals(entryFault({ ...entry, more: 1 })?.code, "damaged");
  });
  assertEquals(entryFault({ ...said("x"), time: undefined })?.code, "damaged");
  assertEquals(
    entryFault({ ...enters(1), connection: undefined })?.code,
    "damaged",
  );
});

Deno.test("entryFault() takes a member that is undefined for a missing one", () => {
  assertEquals(entryFault(said("x", { ref: undefined })), undefined);
  assertEquals(entryFault({ ...said("x"), ref: null })?.code, "damaged");
});

Deno.test("entryFault() knows no members and types that an object inherits", () => {
  const inherited = Object.assign(Object.create({ time: 1 }), {
    type: "gone",
    server: "a",
  });
  assertEquals(entryFault(inherited)?.code, "damaged");
  for (const type of ["toString", "constructor", "__proto__"]) {
    assertEquals(entryFault({ type })?.code, "unknown");
  }
});
