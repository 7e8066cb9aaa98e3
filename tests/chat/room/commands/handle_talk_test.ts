import { assertEquals } from "@std/assert";
import { ChatRoom } from "../../../../chat/room/chat_room.ts";
import type { ChatCommand } from "../../../../chat/room/chat_command.ts";

const ADDRESS = "192.0.2.1:50000";

/** A room with alice, 1, and bob, 2, who may say five things at once. */
function roomOfTwo(): ChatRoom {
  const room = new ChatRoom();
  for (const nickname of ["alice", "bob"]) {
    const { id } = room.join(ADDRESS, 0);
    room.line(id, nickname, 0);
  }
  return room;
}

function textsOf(room: ChatRoom, command: ChatCommand, now = 10_000) {
  return room.command(1, command, now).map(({ message }) =>
    "text" in message ? message.text : message.type
  );
}

Deno.test("messages keep their lines, and other texts have one", () => {
  const text = "\n one\r\n\ttwo\n";
  const room = roomOfTwo();

  for (const type of ["say", "me"] as const) {
    assertEquals(textsOf(room, { type, text }), [" one\n\ttwo"]);
  }
  const whisper = { type: "msg", to: "bob", text } as const;
  assertEquals(textsOf(room, whisper), [" one\n\ttwo"]);
  const topic = { type: "topic", text } as const;
  assertEquals(textsOf(room, topic), ["one  two"]);
});

Deno.test("a message of many lines costs as much as one of one line", () => {
  const room = roomOfTwo();
  const text = "line\n".repeat(200);

  for (let n = 0; n < 5; n++) {
    assertEquals(room.delay(1, 10_000), 0);
    assertEquals(textsOf(room, { type: "say", text })[0], text.trimEnd());
  }
});

Deno.test("a message of too many lines is refused", () => {
  const room = roomOfTwo();
  const text = "x\n".repeat(201);

  for (
    const command of [
      { type: "say", text },
      { type: "msg", to: "bob", text },
    ] as const
  ) {
    const [{ message } = { message: undefined }] = room.command(1, command, 1);
    assertEquals(message?.type === "error" && message.code, "text-too-long");
  }
});
