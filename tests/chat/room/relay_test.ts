import { assertEquals } from "@std/assert";
import type { RoomMessage } from "../../../chat/room/chat_message.ts";
import { InProcessRelay } from "../../../chat/room/relay.ts";

const message: RoomMessage = {
  id: 1,
  time: 0,
  room: "lobby",
  type: "said",
  user: { id: 1, nickname: "alice" },
  text: "hi",
};

Deno.test("InProcessRelay brings each message to all listeners in order", () => {
  const relay = new InProcessRelay();
  const seen: string[] = [];
  relay.subscribe(({ origin }) => seen.push(`first ${origin}`));
  relay.subscribe(({ origin }) => seen.push(`second ${origin}`));
  relay.publish({ origin: "east", message });
  relay.publish({ origin: "west", message });
  assertEquals(seen, [
    "first east",
    "second east",
    "first west",
    "second west",
  ]);
});

Deno.test("InProcessRelay ends one subscription and leaves the others", () => {
  const relay = new InProcessRelay();
  let calls = 0;
  const listener = () => {
    calls++;
  };
  const unsubscribe = relay.subscribe(listener);
  relay.subscribe(listener);
  relay.publish({ origin: "east", message });
  assertEquals(calls, 2);
  unsubscribe();
  unsubscribe();
  relay.publish({ origin: "east", message });
  assertEquals(calls, 3);
});

Deno.test("InProcessRelay lets a listener end itself while it is called", () => {
  const relay = new InProcessRelay();
  let calls = 0;
  const unsubscribe = relay.subscribe(() => {
    calls++;
    unsubscribe();
  });
  relay.subscribe(() => calls++);
  relay.publish({ origin: "east", message });
  relay.publish({ origin: "east", message });
  assertEquals(calls, 3);
});
