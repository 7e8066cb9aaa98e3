import { assertEquals } from "@std/assert";
import { RoomWorld } from "../_room_world.ts";

/** What comes of a line of a user. */
function typesOf(world: RoomWorld, line: string): string[] {
  const user = world.enter(`user${Math.trunc(world.now++)}`);
  user.line(line);
  const types = user.types();
  user.leave("quit");
  return types;
}

Deno.test("A line of one letter is a command where it can be meant, and text elsewhere", () => {
  const world = new RoomWorld();
  const bob = world.enter("bob");
  for (
    const [line, ...types] of [
      ["c:bob:hi", "private", "notice"],
      ["c: BOB :hi", "private", "notice"],
      ["n:anna", "renamed", "notice"],
      ["c:bob", "error"],
      ["l", "users"],
      ["b:l"],
      ["c:nobody:hi"],
      ["c:\\temp:x"],
      ["n: b. an idea"],
      ["n:two words"],
      ["n:"],
    ]
  ) {
    assertEquals(typesOf(world, line), types, line);
    const texts = bob.read().flatMap((message) =>
      message.type === "said" ? [message.text] : []
    );
    if (types.length === 0) {
      assertEquals(texts, [line.replace(/^b:/, "")], line);
    }
  }
});

Deno.test("The commands of one letter are explained once", () => {
  const world = new RoomWorld();
  world.enter("bob");
  const user = world.enter("alice");
  user.line("c:bob:hi", "c:bob:ho", "n:anna");
  assertEquals(user.types(), ["private", "notice", "private", "renamed"]);
});

Deno.test("A user or the server chooses that lines of one letter are text", () => {
  const world = new RoomWorld();
  const bob = world.enter("bob");
  const alice = world.enter("alice");
  alice.line("/syntax plain", "c:bob:hi", "l", "byebye", "/list");
  assertEquals(alice.types(), ["notice", "users"]);
  assertEquals(bob.types(), ["said", "said", "said"]);
  alice.line("/syntax full", "c:bob:hi");
  assertEquals(alice.types(), ["notice", "private", "notice"]);

  const plain = new RoomWorld({ syntax: "plain" });
  const carol = plain.enter("carol");
  carol.line("n:dave", "/syntax full", "n:dave");
  assertEquals(carol.types(), ["notice", "renamed", "notice"]);
});
