import { assertEquals, assertThrows } from "@std/assert";
import type { ChatMessage, Delivery } from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import type { ChatRoomOptions } from "../../../chat/room/chat_room_options.ts";
import { MemoryStore } from "../../../chat/store/_memory_store.ts";

/** A chat in which everyone may send as fast as they like. */
function quickRoom(options: ChatRoomOptions = {}): ChatRoom {
  const flood = { burst: Infinity };
  return new ChatRoom({ flood, store: new MemoryStore("first"), ...options });
}

/** Connects users who choose these nicknames; their ids are 1, 2, and so on. */
function roomOf(...nicknames: readonly string[]): ChatRoom {
  const room = quickRoom();
  for (const nickname of nicknames) {
    const { id } = room.join(`192.0.2.${nicknames.length}:50000`, 0);
    room.line(id, nickname, 0);
  }
  return room;
}

/** The code and subject of an error for one user, and nothing else. */
function errorOf(deliveries: readonly Delivery[]): readonly unknown[] {
  return deliveries.map(({ to, message }) => {
    assertEquals(message.type, "error");
    if (message.type !== "error") return [];
    return [...to, message.code, message.subject];
  }).flat();
}

function typesOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(({ message }) => message.type);
}

function last(deliveries: readonly Delivery[]): ChatMessage | undefined {
  return deliveries.at(-1)?.message;
}

const alice = { id: 1, nickname: "alice" };
const bob = { id: 2, nickname: "bob" };

Deno.test("ChatRoom greets with the number of users and asks for a nickname", () => {
  const room = roomOf("alice");
  room.join("192.0.2.9:1", 1);
  assertEquals(room.join("192.0.2.3:50003", 5), {
    id: 3,
    deliveries: [
      {
        to: [3],
        message: {
          type: "greeting",
          time: 5,
          address: "192.0.2.3:50003",
          online: 2,
          epoch: "first",
        },
      },
      {
        to: [3],
        message: { type: "nickname-request", time: 5 },
      },
    ],
  });
  assertEquals(room.online, 1);
  assertEquals(room.connected, 3);
});

Deno.test("ChatRoom greets by the server's name if it has one", () => {
  const { deliveries } = quickRoom({ server: "Tea" }).join("192.0.2.1:1", 0);
  assertEquals(deliveries[0].message, {
    type: "greeting",
    time: 0,
    server: "Tea",
    address: "192.0.2.1:1",
    online: 1,
    epoch: "first",
  });
});

Deno.test("ChatRoom welcomes a user with a nickname, and tells the others", () => {
  const room = roomOf("alice");
  const { id } = room.join("192.0.2.2:50002", 5);
  assertEquals(room.line(id, "bob", 7), [
    {
      to: [2],
      message: {
        type: "welcome",
        time: 7,
        room: "lobby",
        user: bob,
        online: 2,
        resumed: false,
      },
    },
    {
      to: [2],
      message: {
        type: "entered",
        time: 7,
        room: "lobby",
        topic: "",
        users: [{ ...alice, enteredAt: 0 }, { ...bob, enteredAt: 5 }],
        online: 2,
        history: [],
        complete: true,
        cause: "welcome",
      },
    },
    {
      to: [1],
      message: { type: "joined", id: 2, time: 7, room: "lobby", user: bob },
    },
  ]);
});

Deno.test("ChatRoom sends a message to everyone except its author", () => {
  const room = roomOf("alice", "bob", "carol");
  room.join("192.0.2.9:1", 1);
  assertEquals(room.line(2, "你好: all", 9), [{
    to: [1, 3],
    message: {
      type: "said",
      id: 4,
      time: 9,
      room: "lobby",
      user: bob,
      text: "你好: all",
    },
  }]);
});

Deno.test("ChatRoom refuses a nickname that breaks a rule, and asks again", () => {
  const room = roomOf("alice");
  const { id } = room.join("192.0.2.2:50002", 0);
  for (
    const [text, code] of [
      ["", "nickname-empty"],
      ["x".repeat(33), "nickname-too-long"],
      ["two words", "nickname-space"],
      ["a:b", "nickname-colon"],
      ["a\u202eb", "nickname-invisible"],
      ["a\u200bb", "nickname-invisible"],
      ["\u0301x", "nickname-mark"],
      ["System", "nickname-reserved"],
      ["sERVER", "nickname-reserved"],
      ["系统", "nickname-reserved"],
      ["_server_", "nickname-reserved"],
      ["[Server]", "nickname-reserved"],
      ["S.e.r.v.e.r", "nickname-reserved"],
      ["系统！", "nickname-reserved"],
      ["***server", "nickname-server-mark"],
      ["Syst\u0435m", "nickname-reserved"],
      ["alice", "nickname-taken"],
      ["ALICE", "nickname-taken"],
      ["ａｌｉｃｅ", "nickname-taken"],
      ["\u0430lice", "nickname-look-alike"],
      ["a1ice", "nickname-look-alike"],
      ["/dance", "unknown-command"],
      ["/nick", "incomplete-command"],
      ["/list", "nickname-needed"],
      ["l", "nickname-needed"],
      ["b:hello", "nickname-needed"],
      ["c:alice:hello", "nickname-needed"],
      ["/me waves", "nickname-needed"],
    ]
  ) {
    const deliveries = room.line(id, text, 1);
    assertEquals(typesOf(deliveries), ["error", "nickname-request"], text);
    assertEquals(errorOf(deliveries.slice(0, 1)).slice(0, 2), [id, code], text);
  }
  assertEquals(room.user(id)?.nickname, undefined);
  assertEquals(room.online, 1);
});

Deno.test("ChatRoom accepts every way to set the first nickname", () => {
  for (const line of ["bob", "/nick bob", "n:bob", "  bob  "]) {
    const room = roomOf("alice");
    const { id } = room.join("192.0.2.2:50002", 0);
    assertEquals(typesOf(room.line(id, line, 1)), [
      "welcome",
      "entered",
      "joined",
    ]);
    assertEquals(room.user(id)?.nickname, "bob");
  }
});

Deno.test("ChatRoom answers help and quit without a nickname", () => {
  const room = roomOf("alice");
  const { id } = room.join("192.0.2.2:50002", 0);
  assertEquals(typesOf(room.line(id, "/help", 1)), ["help"]);
  assertEquals(room.line(id, "byebye", 2), [{
    to: [id],
    message: { type: "goodbye", time: 2, reason: "quit" },
  }]);
  assertEquals(room.connected, 1);
});

Deno.test("ChatRoom gives a nickname to exactly one of two users who claim it at once", () => {
  const room = quickRoom();
  const first = room.join("192.0.2.1:1", 0).id;
  const second = room.join("192.0.2.2:2", 0).id;
  assertEquals(typesOf(room.line(second, "bob", 1)), [
    "welcome",
    "entered",
    "joined",
  ]);
  assertEquals(typesOf(room.line(first, "Bob", 1)), [
    "error",
    "nickname-request",
  ]);
  assertEquals(room.user(second)?.nickname, "bob");
  assertEquals(room.user(first)?.nickname, undefined);
});

Deno.test("ChatRoom accepts names of object members as nicknames", () => {
  const room = quickRoom();
  const nicknames = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  for (const nickname of nicknames) {
    const { id } = room.join("192.0.2.1:1", 0);
    assertEquals(typesOf(room.line(id, nickname, 0)), [
      "welcome",
      "entered",
      "joined",
    ]);
  }
  assertEquals(last(room.line(2, "/msg __proto__ hi", 5)), {
    type: "private",
    id: 5,
    time: 5,
    user: { id: 2, nickname: "constructor" },
    to: { id: 1, nickname: "__proto__" },
    text: "hi",
  });
  assertEquals(errorOf(room.line(1, "/msg valueOf hi", 5)), [
    1,
    "no-such-user",
    "valueOf",
  ]);
});

Deno.test("ChatRoom sends a private message to its author and recipient only", () => {
  const room = roomOf("alice", "bob", "carol");
  const expected: Delivery = {
    to: [2, 1],
    message: {
      type: "private",
      id: 4,
      time: 6,
      user: alice,
      to: bob,
      text: "at 10:30: tea",
    },
  };
  assertEquals(room.line(1, "/msg BOB at 10:30: tea", 6), [expected]);
});

Deno.test("ChatRoom delivers a private message to oneself once", () => {
  const room = roomOf("alice", "bob");
  const [delivery, ...others] = room.line(1, "/msg alice note", 6);
  assertEquals(delivery.to, [1]);
  assertEquals(delivery.message.type, "private");
  assertEquals(others, []);
});

Deno.test("ChatRoom refuses a private message to an unknown user", () => {
  const room = roomOf("alice", "bob");
  room.leave(2, "closed", 1);
  assertEquals(errorOf(room.line(1, "/msg bob hi", 2)), [
    1,
    "no-such-user",
    "bob",
  ]);
  assertEquals(errorOf(room.line(1, "/msg a:b hi", 2)), [
    1,
    "no-such-user",
    "a:b",
  ]);
});

Deno.test("ChatRoom announces a new nickname, and frees the old one", () => {
  const room = roomOf("alice", "bob");
  assertEquals(room.line(1, "/nick anna", 4), [{
    to: [1, 2],
    message: {
      type: "renamed",
      id: 3,
      time: 4,
      room: "lobby",
      user: { id: 1, nickname: "anna" },
      previous: "alice",
    },
  }]);
  assertEquals(typesOf(room.line(2, "/nick alice", 5)), ["renamed"]);
  assertEquals(errorOf(room.line(1, "/nick alice", 6)), [
    1,
    "nickname-taken",
    "alice",
  ]);
  assertEquals(room.user(1)?.nickname, "anna");
});

Deno.test("ChatRoom refuses to rename onto a nickname that is taken or reserved", () => {
  const room = roomOf("alice", "bob");
  for (
    const [nickname, code] of [
      ["bob", "nickname-taken"],
      ["BOB", "nickname-taken"],
      ["b\u043eb", "nickname-look-alike"],
      ["Admin", "nickname-reserved"],
      ["a b", "nickname-space"],
      ["alice", "nickname-unchanged"],
    ]
  ) {
    assertEquals(errorOf(room.line(1, `/nick ${nickname}`, 1)), [
      1,
      code,
      nickname,
    ]);
  }
  assertEquals(room.user(1)?.nickname, "alice");
  assertEquals(typesOf(room.line(2, "/msg alice still you?", 2)), ["private"]);
});

Deno.test("ChatRoom renames to another case or look of one's own nickname", () => {
  const room = roomOf("alice", "bob");
  for (const nickname of ["Alice", "\u0410lice", "A1ice", "alice"]) {
    assertEquals(typesOf(room.line(1, `/nick ${nickname}`, 1)), ["renamed"]);
    assertEquals(room.user(1)?.nickname, nickname);
  }
});

Deno.test("ChatRoom lists the users in a room, without addresses", () => {
  const room = quickRoom();
  for (const [index, nickname] of ["alice", "bob"].entries()) {
    const { id } = room.join(`192.0.2.${index}:1`, index * 10);
    room.line(id, nickname, 50);
  }
  room.join("192.0.2.9:1", 60);
  for (const line of ["l", "/list"]) {
    assertEquals(room.line(2, line, 70), [{
      to: [2],
      message: {
        type: "users",
        time: 70,
        room: "lobby",
        users: [{ ...alice, enteredAt: 0 }, { ...bob, enteredAt: 10 }],
        online: 2,
      },
    }]);
  }
});

Deno.test("ChatRoom shows an address only to its owner", () => {
  const room = quickRoom();
  const seen: Delivery[] = [];
  const address = "198.51.100.77:4321";
  const { id, deliveries } = room.join(address, 0);
  assertEquals(deliveries[0].to, [id]);
  const other = room.join("192.0.2.2:2", 0).id;
  seen.push(...room.line(other, "bob", 1), ...room.line(id, "alice", 1));
  for (const line of ["hi", "/list", "/me waves", "c:bob:x", "n:anna"]) {
    seen.push(...room.line(id, line, 2), ...room.line(other, "l", 2));
  }
  seen.push(...room.leave(id, "lost", 3));
  assertEquals(JSON.stringify(seen).includes("198.51.100.77"), false);
});

Deno.test("ChatRoom announces an action", () => {
  const room = roomOf("alice", "bob");
  assertEquals(last(room.line(1, "/me waves", 3)), {
    type: "action",
    id: 3,
    time: 3,
    room: "lobby",
    user: alice,
    text: "waves",
  });
});

Deno.test("ChatRoom refuses an invalid command, and tells only its author", () => {
  const room = roomOf("alice", "bob");
  assertEquals(errorOf(room.line(1, "/dance now", 1)), [
    1,
    "unknown-command",
    "dance",
  ]);
  assertEquals(errorOf(room.line(1, "c:bob", 1)), [
    1,
    "incomplete-command",
    "c",
  ]);
  assertEquals(room.line(1, "   ", 1), []);
  assertEquals(errorOf(room.line(1, `/${"x".repeat(4000)}`, 1)), [
    1,
    "unknown-command",
    `${"x".repeat(63)}…`,
  ]);
});

Deno.test("ChatRoom cleans texts", () => {
  const room = roomOf("alice", "bob");
  const text = (line: string) => {
    const message = last(room.line(1, line, 1));
    return message !== undefined && "text" in message ? message.text : message;
  };
  assertEquals(text("a\x1b[2J\u202eb\r\nc"), "ab\nc");
  assertEquals(text("/msg bob \x07x"), "x");
  assertEquals(text("/me \x1b[31mblushes"), "blushes");
  for (
    const line of [
      "\x07",
      "b:\x1b[2J",
      "/me \u202e",
      "/msg bob \x07",
      "b:\u2800\u{1d159}",
    ]
  ) {
    assertEquals(errorOf(room.line(1, line, 1)), [1, "text-empty", undefined]);
  }
});

Deno.test("ChatRoom refuses input that a decoder could not read", () => {
  const room = roomOf("alice");
  assertEquals(errorOf(room.refuse(1, "line-too-long", 1)), [
    1,
    "line-too-long",
    undefined,
  ]);
  assertEquals(room.refuse(2, "invalid-utf8", 1), []);
});

Deno.test("ChatRoom tells the others why a user left, and the user if possible", () => {
  for (
    const [reason, types] of [
      ["quit", ["goodbye", "left"]],
      ["slow", ["goodbye", "left"]],
      ["line-too-long", ["goodbye", "left"]],
      ["closed", ["left"]],
      ["lost", ["left"]],
    ] as const
  ) {
    const room = roomOf("alice", "bob");
    const deliveries = room.leave(2, reason, 9);
    assertEquals(typesOf(deliveries), types);
    assertEquals(deliveries.at(-1), {
      to: [1],
      message: {
        type: "left",
        id: 3,
        time: 9,
        room: "lobby",
        user: bob,
        reason,
      },
    });
    if (types.length === 2) {
      assertEquals(deliveries[0], {
        to: [2],
        message: { type: "goodbye", time: 9, reason },
      });
    }
  }
});

Deno.test("ChatRoom does not announce a user who leaves without a nickname", () => {
  const room = roomOf("alice");
  const { id } = room.join("192.0.2.2:2", 0);
  assertEquals(room.leave(id, "lost", 1), []);
  assertEquals(typesOf(room.line(1, "hello", 2)), ["said"]);
});

Deno.test("ChatRoom ignores ids that are not in use", () => {
  const room = roomOf("alice", "bob");
  assertEquals(typesOf(room.line(2, "byebye", 1)), ["goodbye", "left"]);
  assertEquals(room.line(2, "hello", 2), []);
  assertEquals(room.command(2, { type: "list" }, 2), []);
  assertEquals(room.leave(2, "closed", 3), []);
  assertEquals(room.line(99, "hello", 4), []);
  assertEquals(room.user(2), undefined);
});

Deno.test("ChatRoom never reuses an id", () => {
  const room = roomOf("alice", "bob");
  room.leave(2, "closed", 1);
  assertEquals(room.join("192.0.2.2:2", 2).id, 3);
});

Deno.test("ChatRoom removes everyone at a shutdown", () => {
  const room = roomOf("alice", "bob");
  room.join("192.0.2.3:3", 0);
  assertEquals(room.shutdown(8), [
    {
      to: [1, 2, 3],
      message: { type: "goodbye", time: 8, reason: "shutdown" },
    },
  ]);
  assertEquals([room.connected, room.online], [0, 0]);
  assertEquals(room.shutdown(9), []);
  assertEquals(room.leave(1, "closed", 9), []);
});

Deno.test("ChatRoom reserves other nicknames if told", () => {
  const room = new ChatRoom({ reservedNicknames: ["Système"] });
  const { id } = room.join("192.0.2.1:1", 0);
  assertEquals(errorOf(room.line(id, "SYSTÈME", 1).slice(0, 1)).slice(0, 2), [
    id,
    "nickname-reserved",
  ]);
  assertEquals(typesOf(room.line(id, "System", 1)), [
    "welcome",
    "entered",
    "joined",
  ]);

  assertThrows(
    () => new ChatRoom({ reservedNicknames: ["two words"] }),
    SyntaxError,
    'Cannot reserve nickname "two words"',
  );
});
