import { assertEquals } from "@std/assert";
import type { Delivery } from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import { RoomModel } from "./_room_model.ts";

const STEPS = 600;

/** The seeds to play: one that the environment names, or a few. */
function seeds(): readonly number[] {
  const name = "VNET_SEED";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  const given = state === "granted" ? Deno.env.get(name) : undefined;
  return given === undefined
    ? Array.from({ length: 20 }, (_, index) => index + 1)
    : [Number(given)];
}

function play(seed: number): RoomModel {
  const model = new RoomModel(seed);
  for (let step = 0; step < STEPS; step++) {
    try {
      model.step();
    } catch (error) {
      const message = error instanceof Error ? error.message : `${error}`;
      throw new Error(`VNET_SEED=${seed}, step ${step}: ${message}`, {
        cause: error,
      });
    }
  }
  return model;
}

Deno.test("ChatRoom keeps its guarantees over random schedules", () => {
  const types = new Set<string>();
  const played = seeds();
  for (const seed of played) {
    for (const { message } of play(seed).log) types.add(message.type);
  }
  // Every kind of message came up, but those of operators and floods.
  if (played.length > 1) assertEquals(types.size, 20);
});

Deno.test("ChatRoom gives the same deliveries for the same events", () => {
  const [first, second] = [play(5).log, play(5).log].map((log) =>
    log.map(withoutSecret)
  );
  assertEquals(first, second);
});

function withoutSecret({ to, message }: Delivery): unknown {
  return message.type === "welcome"
    ? { to, message: { ...message, session: undefined } }
    : { to, message };
}

Deno.test("ChatRoom forgets 1,000 users who joined and left", () => {
  const room = new ChatRoom();
  for (let round = 0; round < 1_000; round++) {
    const { id } = room.join("192.0.2.1:1", round);
    assertEquals(room.line(id, "same", round).length, 3);
    assertEquals(room.leave(id, "closed", round).length, 1);
  }
  assertEquals([room.connected, room.online, room.roomCount], [0, 0, 1]);
});

Deno.test("ChatRoom forgets 1,000 lost sessions that have ended", () => {
  const room = new ChatRoom({ sessionTimeout: 10 });
  for (let round = 0; round < 1_000; round++) {
    const now = round * 11;
    const { id } = room.join("192.0.2.1:1", now, { expectHello: true });
    room.command(id, { type: "hello", version: 1, nickname: "same" }, now);
    room.command(id, { type: "join", room: `room${round}` }, now);
    assertEquals(room.roomCount, 2);
    assertEquals(room.leave(id, "lost", now).length, 2);
  }
  room.tick(1_000_000);
  assertEquals([room.connected, room.online, room.roomCount], [0, 0, 1]);
});
