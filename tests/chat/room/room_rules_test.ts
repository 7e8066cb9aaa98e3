import { assertEquals, assertThrows } from "@std/assert";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import type { ChatRoomOptions } from "../../../chat/room/chat_room_options.ts";

Deno.test("ChatRoom refuses every option that can never work", () => {
  type Cases = Record<keyof ChatRoomOptions, readonly unknown[]>;
  const types: Cases = {
    name: [1, null],
    server: [1, null],
    reservedNicknames: ["Cook", 1, null, [1]],
    operatorToken: [1, null],
    maxRooms: ["1", null],
    sessionTimeout: ["1", null],
    editTime: ["1", null],
    syntax: [1, null, "short"],
    maxSessions: ["1", null],
    maxSessionsPerAddress: ["1", null],
    flood: [1, null, { burst: "5" }],
    store: [null, {}, { load: () => {} }],
  };
  const ranges: Partial<Cases> = {
    operatorToken: ["short"],
    maxRooms: [0, 1.5, NaN],
    sessionTimeout: [-1, NaN],
    editTime: [-1, NaN],
    maxSessions: [-1, 1.5, NaN],
    maxSessionsPerAddress: [-1, 1.5, NaN],
    flood: [{ burst: 0 }, { perSecond: 0 }, { perSecond: NaN }],
  };
  const names: Partial<Cases> = {
    name: ["two words", ""],
    reservedNicknames: [["two words"]],
  };
  for (
    const [cases, type] of [
      [types, TypeError],
      [ranges, RangeError],
      [names, SyntaxError],
    ] as const
  ) {
    for (const [name, values] of Object.entries(cases)) {
      for (const value of values) {
        const options = { [name]: value } as ChatRoomOptions;
        const label = `${name}: ${Deno.inspect(value)}`;
        assertThrows(() => new ChatRoom(options), type, "Cannot", label);
      }
    }
  }
  assertEquals(new ChatRoom({ name: "#Kitchen" }).name, "kitchen");
});
