import { assertEquals } from "@std/assert";
import { RecentMessages } from "../../../chat/terminal/_recent_messages.ts";

const ALICE = { id: 1, nickname: "alice" };
const BOB = { id: 2, nickname: "bob" };

function message(id: number, user = ALICE, room = "lobby") {
  return { id, room, user, text: `text ${id}` };
}

Deno.test("RecentMessages finds the last message of a user in a room", () => {
  const recent = new RecentMessages();
  for (
    const each of [message(3), message(1), message(5, BOB)]
  ) recent.add(each);
  recent.add(message(4, ALICE, "cats"));
  const isAlice = ({ id }: { readonly id: number }) => id === ALICE.id;
  assertEquals(recent.lastOf("lobby", isAlice)?.id, 3);
  assertEquals(recent.lastOf("cats", isAlice)?.id, 4);
  assertEquals(recent.lastOf("dogs", isAlice), undefined);
  assertEquals(recent.lastOf("lobby", () => false), undefined);
  recent.change(3, "");
  assertEquals(recent.lastOf("lobby", isAlice)?.id, 1);
  recent.change(9, "unknown");
  assertEquals(recent.find(9), undefined);
});

Deno.test("RecentMessages finds a private message if it is the last of a user", () => {
  const recent = new RecentMessages();
  const isAlice = ({ id }: { readonly id: number }) => id === ALICE.id;
  recent.add(message(1));
  recent.add({ ...message(2), room: undefined });
  assertEquals(recent.lastOf("lobby", isAlice)?.id, 2);
  recent.add(message(3, ALICE, "cats"));
  assertEquals(recent.lastOf("lobby", isAlice)?.id, 1);
  assertEquals(recent.lastOf("dogs", isAlice), undefined);
});

Deno.test("RecentMessages forgets the oldest, and all of another epoch", () => {
  const recent = new RecentMessages();
  for (let id = 1001; id > 0; id--) recent.add(message(id));
  assertEquals([recent.find(1), recent.find(2)?.id], [undefined, 2]);
  recent.add(message(1001));
  assertEquals(recent.find(2)?.id, 2);
  recent.clear();
  assertEquals(recent.find(2), undefined);
});
