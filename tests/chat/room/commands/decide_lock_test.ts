import { assertEquals } from "@std/assert";
import type { ChatStore } from "../../../../chat/store/chat_store.ts";
import { MemoryStore } from "../../../../chat/store/_memory_store.ts";
import { RoomWorld } from "../_room_world.ts";

Deno.test("A locked room lets in invited users and operators only", () => {
  const world = new RoomWorld({ operatorToken: "open sesame" });
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  const carol = world.enter("carol");
  alice.line("/join cats", "/lock");
  assertEquals(alice.read().at(-1)?.type, "notice");
  bob.read();
  bob.line("/join cats");
  assertEquals(bob.error(), ["room-locked", "cats"]);
  bob.ask({ type: "users", room: "cats" });
  assertEquals(bob.error()[0], "room-locked");
  bob.line("/rooms");
  assertEquals(
    bob.get("rooms").rooms.map(({ room, locked }) => [room, locked]),
    [
      ["lobby", undefined],
      ["cats", true],
    ],
  );
  // Without a nickname it is for operators, and for servers with invitations.
  alice.line("/invite");
  assertEquals(alice.error(), ["incomplete-command", "invite"]);
  alice.line("/invite bob");
  assertEquals(alice.types(), ["notice"]);
  const invited = bob.get("invited");
  assertEquals([invited.user.nickname, invited.room], ["alice", "cats"]);
  bob.line("/join cats");
  assertEquals(bob.types(), ["entered"]);
  // An invitation is for once, and guests invite nobody.
  bob.line("/leave", "/join cats");
  assertEquals(bob.types(), ["exited", "error"]);
  alice.line("/invite bob");
  bob.line("/join cats", "/invite carol");
  assertEquals(bob.read().at(-1)?.type, "error");
  bob.line("/unlock");
  assertEquals(bob.error()[0], "owner-needed");
  carol.line("/operator open sesame", "/join cats", "/unlock");
  assertEquals(carol.read().at(-1)?.type, "notice");
  world.enter("dave").line("/join cats");
  assertEquals(world.room.roomCount, 2);
});

Deno.test("Nobody locks the lobby, or a room of somebody else", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  alice.read();
  alice.line("/lock");
  assertEquals(alice.error()[0], "owner-needed");
  alice.line("/join cats");
  bob.line("/join cats", "/lock");
  assertEquals(bob.read().at(-1)?.type, "error");
});

Deno.test("A locked room is forgotten when the last user has left", () => {
  const forgotten: string[] = [];
  const store: ChatStore = Object.assign(new MemoryStore("first"), {
    forget: (room: string) => forgotten.push(room),
  });
  const world = new RoomWorld({ store });
  const alice = world.enter("alice");
  alice.line("/join open", "/join secret", "/lock", "/leave", "/leave");
  assertEquals(forgotten, ["secret"]);
  assertEquals(world.room.roomCount, 1);
});

Deno.test("A room without a server makes no invitations into the chat", () => {
  const world = new RoomWorld({ operatorToken: "open sesame" });
  const alice = world.enter("alice");
  alice.line("/operator open sesame", "/invite");
  assertEquals(alice.error()[0], "no-invitations");
});

Deno.test("A list of rooms tells which of them the user may lock", () => {
  const world = new RoomWorld({ operatorToken: "open sesame" });
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  alice.line("/join cats");
  bob.line("/join dogs");
  const own = (user: typeof alice) => {
    user.read();
    user.line("/rooms");
    return user.get("rooms").rooms.flatMap(({ room, canLock }) =>
      canLock ? [room] : []
    );
  };
  assertEquals([own(alice), own(bob)], [["cats"], ["dogs"]]);
  bob.line("/operator open sesame");
  assertEquals(own(bob).toSorted(), ["cats", "dogs"]);
});
