import { assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import {
  ChatHub,
  type ChatHubOptions,
} from "../../../chat/server/_chat_hub.ts";
import { Monitor } from "../../../chat/server/monitoring/_monitor.ts";
import type { OutgoingMessage } from "../../../chat/server/outgoing/_outgoing_message.ts";
import type { Outlet } from "../../../chat/server/users/_outlet.ts";
import { RoomReplica } from "../../../chat/room/_room_replica.ts";
import { readRules } from "../../../chat/room/_room_rules.ts";
import type { FloodOptions } from "../../../chat/room/chat_room_options.ts";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";

class Screen implements Outlet {
  readonly messages: OutgoingMessage[] = [];
  readonly queuedBytes = 7;
  readonly isCongested = false;
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

const events: ChatServerEvent[] = [];

/** Makes a hub whose timers end with the test. */
function makeHub(
  options: Partial<ChatHubOptions> = {},
  flood: FloodOptions = { burst: Infinity },
  replica: RoomReplica = new RoomReplica(readRules({ flood })),
): ChatHub & Disposable {
  events.length = 0;
  const hub = new ChatHub(replica, {
    drainTimeout: 7,
    nicknameTimeout: Infinity,
    maxLineLength: 4096,
    monitor: new Monitor((event) => events.push(event)),
    ...options,
  });
  return Object.assign(hub, { [Symbol.dispose]: () => hub.close() });
}

function enter(hub: ChatHub, nickname: string): { id: number; screen: Screen } {
  const screen = new Screen();
  const id = hub.join(screen, {
    kind: "tcp",
    hostname: "192.0.2.1",
    port: 50_000,
  });
  hub.line(id, nickname);
  screen.read();
  return { id, screen };
}

Deno.test("ChatHub gives all recipients of a message the same bytes", () => {
  using hub = makeHub();
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
  using hub = makeHub();
  const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map((
    name,
  ) => enter(hub, name));
  for (const { screen } of [alice, bob, carol]) screen.read();
  bob.screen.room = 0;
  carol.screen.room = 0;
  hub.line(alice.id, "hello");
  assertEquals(dave.screen.read(), [
    "alice: hello",
    "*** bob (user 2) has left: reads too slowly.",
    "*** carol (user 3) has left: reads too slowly.",
  ]);
  const goodbye = "*** Goodbye: you read too slowly.";
  assertEquals([bob.screen.read(), bob.screen.timeout], [[goodbye], 7]);
  assertEquals([carol.screen.read(), carol.screen.timeout], [[goodbye], 7]);
  assertEquals(hub.room.online, 2);
});

Deno.test("ChatHub removes a user once, whatever happens at the same time", () => {
  using hub = makeHub();
  const alice = enter(hub, "alice");
  const bob = enter(hub, "bob");
  alice.screen.read();
  hub.line(bob.id, "byebye");
  hub.line(bob.id, "still here?");
  hub.leave(bob.id, "lost");
  assertEquals(bob.screen.read(), ["*** Goodbye!"]);
  assertEquals(alice.screen.read(), ["*** bob (user 2) has left."]);
});

Deno.test("ChatHub sends nothing to a user whose connection is lost", () => {
  using hub = makeHub();
  const alice = enter(hub, "alice");
  const bob = enter(hub, "bob");
  hub.leave(bob.id, "lost");
  hub.line(alice.id, "hello");
  hub.shutdown();
  assertEquals(bob.screen.read(), []);
  assertEquals(
    alice.screen.read().at(-1),
    "*** Goodbye: the server is shutting down.",
  );
});

Deno.test("ChatHub says goodbye to everyone at the end, without a limit of its own", () => {
  using hub = makeHub();
  const alice = enter(hub, "alice");
  assertEquals(hub.isStopping, false);
  hub.shutdown();
  hub.shutdown();
  assertEquals(hub.isStopping, true);
  assertEquals(alice.screen.read(), [
    "*** Goodbye: the server is shutting down.",
  ]);
  assertEquals(alice.screen.timeout, Infinity);
});

Deno.test("ChatHub reports and counts users who connect, enter and leave", () => {
  const counted = new Monitor((event) => events.push(event));
  using hub = makeHub({ monitor: counted });
  const alice = enter(hub, "alice");
  hub.line(alice.id, "hello");
  hub.line(alice.id, "/nick bob");
  hub.line(alice.id, "/nope");
  assertEquals(hub.queuedBytes, 7);
  hub.line(alice.id, "byebye");
  assertEquals(
    events.map(({ time: _, ...event }) => event),
    [
      { type: "connect", id: 1, kind: "tcp", address: "192.0.2.1:50000" },
      { type: "enter", id: 1, nickname: "alice" },
      { type: "leave", id: 1, nickname: "bob", reason: "quit" },
    ],
  );
  assertEquals(counted.messages.toRecord(), { said: 1 });
  assertEquals(counted.errors.toRecord(), { "unknown-command": 1 });
  assertEquals(counted.left.toRecord(), { quit: 1 });
  assertEquals(hub.queuedBytes, 0);
});

Deno.test("ChatHub disconnects a user without a nickname in time", async () => {
  using hub = makeHub({ nicknameTimeout: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const screen = new Screen();
  const end = screen.end.bind(screen);
  screen.end = (last, timeout) => {
    end(last, timeout);
    resolve();
  };
  const alice = enter(hub, "alice");
  hub.join(screen, { kind: "tcp", hostname: "192.0.2.1", port: 50_001 });
  await promise;
  assertMatch(screen.read().at(-1) ?? "", /^[*]{3} Goodbye: .*nickname/);
  assertEquals(hub.room.connected, 1);
  assertEquals(alice.screen.read(), []);
});

Deno.test("ChatHub delays by no more than a timer takes, beyond which it would not delay at all", async () => {
  using hub = makeHub({}, { burst: 1, perSecond: 1e-9 });
  const alice = enter(hub, "alice");
  const delays: unknown[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((act: () => void, delay?: number) => {
    delays.push(delay);
    return setTimeout(act, delay);
  }) as typeof setTimeout;
  let pause: Promise<void> | undefined;
  try {
    pause = hub.pace(alice.id);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(delays, [2 ** 31 - 1]);
  hub.leave(alice.id, "closed");
  await pause;
});

/** The state of a server whose log takes entries, and never gives them back. */
function stuckReplica(): RoomReplica {
  return new RoomReplica(readRules({}), {
    origin: "east",
    epoch: "1",
    isFull: false,
    propose: () => [],
    sessionKey: (token) => token,
  });
}

Deno.test("ChatHub tells a user that it is full, rather than without a nickname, when the log does not take that", async () => {
  using hub = makeHub(
    { isTicked: true, nicknameTimeout: 1 },
    {},
    stuckReplica(),
  );
  const screen = new Screen();
  const goodbye = Promise.withResolvers<OutgoingMessage>();
  screen.end = (last) => goodbye.resolve(last);
  const address = { hostname: "192.0.2.1", port: 50_001 };
  hub.line(hub.join(screen, { kind: "tcp", ...address }), "alice");
  const { message } = await goodbye.promise;
  assertEquals(message.type === "goodbye" && message.reason, "full");
});

Deno.test("ChatHub gives signs of life while a request waits for the log", async () => {
  const replica = stuckReplica();
  using hub = makeHub({ isTicked: true, tickInterval: 1 }, {}, replica);
  const { id, screen } = enter(hub, "alice");
  screen.messages.length = 0;
  const sign = Promise.withResolvers<OutgoingMessage>();
  screen.send = (message) => {
    sign.resolve(message);
    return true;
  };
  const turn = hub.pace(id);
  const { message } = await sign.promise;
  assertEquals(message.type, "pong");
  hub.leave(id, "lost");
  await turn;
});

Deno.test("ChatHub counts a refused invitation once against the rate of its operator", async () => {
  const replica = new RoomReplica(readRules({
    operatorToken: "open sesame",
    flood: { burst: 4, perSecond: 1e-9 },
  }));
  using hub = makeHub(
    { invite: () => Promise.resolve(undefined) },
    {},
    replica,
  );
  const { id, screen } = enter(hub, "alice");
  hub.line(id, "/operator open sesame");
  const refused = Promise.withResolvers<OutgoingMessage>();
  screen.send = (message) => {
    if (message.message.type === "error") refused.resolve(message);
    return true;
  };
  hub.line(id, "/invite");
  const { message } = await refused.promise;
  assertEquals(message.type === "error" && message.code, "no-invitations");
  assertEquals(replica.delay(id, Date.now()), 0);
});
