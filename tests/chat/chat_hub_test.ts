import { assertEquals, assertStrictEquals } from "@std/assert";
import { ChatHub } from "../../chat/_chat_hub.ts";
import type { OutgoingMessage } from "../../chat/_outgoing_message.ts";
import type { Outlet } from "../../chat/_outlet.ts";
import { ChatRoom } from "../../chat/chat_room.ts";
import { InProcessRelay } from "../../chat/relay.ts";

class Screen implements Outlet {
  readonly messages: OutgoingMessage[] = [];
  /** How many messages fit. */
  room = Infinity;
  timeout: number | undefined;

  send(message: OutgoingMessage): boolean {
    if (this.room-- <= 0) return false;
    this.messages.push(message);
    return true;
  }

  end(last: OutgoingMessage, timeout: number): void {
    this.messages.push(last);
    this.timeout = timeout;
  }

  read(): string[] {
    return this.messages.splice(0).map(({ text }) =>
      new TextDecoder().decode(text).trimEnd()
    );
  }
}

function makeHub(): ChatHub {
  return new ChatHub(new ChatRoom(), {
    relay: new InProcessRelay(),
    origin: undefined,
    drainTimeout: 7,
    onError: (error) => {
      throw error;
    },
  });
}

function enter(hub: ChatHub, nickname: string): { id: number; screen: Screen } {
  const screen = new Screen();
  const id = hub.join("192.0.2.1:50000", screen);
  hub.line(id, nickname);
  screen.read();
  return { id, screen };
}

Deno.test("ChatHub gives all who hear a message the same bytes", () => {
  const hub = makeHub();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    enter(hub, name)
  );
  bob.screen.read();
  hub.line(alice.id, "hello");
  const [first] = bob.screen.messages;
  const [second] = carol.screen.messages;
  assertStrictEquals(first.text, second.text);
  assertEquals(bob.screen.read(), ["alice: hello"]);
});

Deno.test("ChatHub drops users whose queue is full, after all others got the message", () => {
  const hub = makeHub();
  const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map((
    name,
  ) => enter(hub, name));
  for (const { screen } of [alice, bob, carol]) screen.read();
  bob.screen.room = 0;
  carol.screen.room = 0;
  hub.line(alice.id, "hello");
  assertEquals(dave.screen.read(), [
    "alice: hello",
    "*** bob (user 2) has left: too slow to read.",
    "*** carol (user 3) has left: too slow to read.",
  ]);
  const goodbye = "*** Goodbye: you did not read what was sent to you.";
  assertEquals([bob.screen.read(), bob.screen.timeout], [[goodbye], 7]);
  assertEquals([carol.screen.read(), carol.screen.timeout], [[goodbye], 7]);
  assertEquals(hub.room.online, 2);
});

Deno.test("ChatHub lets a user go once, whatever comes together", () => {
  const hub = makeHub();
  const alice = enter(hub, "alice");
  const bob = enter(hub, "bob");
  alice.screen.read();
  hub.line(bob.id, "byebye");
  hub.line(bob.id, "still here?");
  hub.leave(bob.id, "lost");
  assertEquals(bob.screen.read(), ["*** Goodbye!"]);
  assertEquals(alice.screen.read(), ["*** bob (user 2) has left."]);
});

Deno.test("ChatHub sends nothing to a user whose link is lost", () => {
  const hub = makeHub();
  const alice = enter(hub, "alice");
  const bob = enter(hub, "bob");
  hub.leave(bob.id, "lost");
  hub.line(alice.id, "hello");
  hub.shutdown();
  assertEquals(bob.screen.read(), []);
  assertEquals(
    alice.screen.read().at(-1),
    "*** Goodbye: the server is stopping.",
  );
});

Deno.test("ChatHub says goodbye to everyone at the end, without a limit of its own", () => {
  const hub = makeHub();
  const alice = enter(hub, "alice");
  assertEquals(hub.isStopping, false);
  hub.shutdown();
  hub.shutdown();
  assertEquals(hub.isStopping, true);
  assertEquals(alice.screen.read(), ["*** Goodbye: the server is stopping."]);
  assertEquals(alice.screen.timeout, Infinity);
});
