// Users whom a proxy has signed in: one account is one user, on all servers.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { ChatCommand } from "../../../chat/room/chat_command.ts";
import type { ChatMessage } from "../../../chat/room/chat_message.ts";
import type { MessageOwners } from "../../../chat/store/stored_message.ts";
import { MemoryStore } from "../../../chat/store/_memory_store.ts";
import {
  assertSame,
  both,
  catchUp,
  type Server,
  Servers,
} from "./_replica_servers.ts";

const TOKEN = "open sesame";
const DAY = 24 * 60 * 60_000;
const HELLO = { type: "hello", version: 1 } as const;

/** Connects a user of an account, who has been greeted. */
function connect(server: Server, account?: string): number {
  const id = server.connectAccount(account);
  server.read(id);
  return id;
}

function find<T extends ChatMessage["type"]>(
  messages: readonly ChatMessage[],
  type: T,
): Extract<ChatMessage, { readonly type: T }> {
  const message = messages.find((one) => one.type === type);
  assert(message?.type === type, `no ${type} in ${JSON.stringify(messages)}`);
  return message as Extract<ChatMessage, { readonly type: T }>;
}

function codes(messages: readonly ChatMessage[]): string[] {
  return messages.flatMap((one) => one.type === "error" ? [one.code] : []);
}

Deno.test("Two devices of an account are one user, on different servers", () => {
  const [, east, west] = both();
  const laptop = connect(east, "alice");
  east.ask(laptop, { ...HELLO, nickname: "mallory", device: "laptop" });
  catchUp(east, west);
  const first = find(east.read(laptop), "welcome");
  assertEquals([first.user.nickname, first.resumed], ["alice", false]);

  const [bob] = west.enter("bob");
  catchUp(east, west);
  const phone = connect(west, "alice");
  west.ask(phone, { ...HELLO, device: "phone" });
  catchUp(east, west);
  const second = find(west.read(phone), "welcome");
  assertEquals([second.user, second.resumed], [first.user, true]);
  assertNotEquals(second.session, first.session);
  // Nobody is told of the second device, and the first one stays.
  assertEquals(west.types(bob).filter((type) => type === "joined"), []);
  assertEquals(east.types(laptop), ["joined"]);
  assertEquals(west.replica.online, 2);
  west.ask(bob, { type: "msg", to: "alice", text: "psst" });
  catchUp(east, west);
  assertEquals([east.types(laptop), west.types(phone)], [
    ["private"],
    ["private"],
  ]);
  assertSame(east, west);
});

Deno.test("An account goes on with the session that waits, with or without its secret", () => {
  const [, east, west] = both();
  const first = connect(east, "alice");
  east.ask(first, { ...HELLO, device: "a" });
  catchUp(east, west);
  const { user, session } = find(east.read(first), "welcome");
  east.leave(first, "lost");
  catchUp(east, west);
  assertEquals(east.replica.online, 0);
  const second = connect(west, "alice");
  west.ask(second, { ...HELLO, device: "b" });
  catchUp(east, west);
  assertEquals(find(west.read(second), "welcome").user, user);
  const third = connect(east, "alice");
  east.ask(third, { ...HELLO, session, device: "a" });
  catchUp(east, west);
  const welcome = find(east.read(third), "welcome");
  assertEquals([welcome.user, welcome.session], [user, session]);
  assertEquals(west.types(second), []);
  assertSame(east, west);
});

Deno.test("An account whose session has ended joins its user, and is told so", () => {
  const [servers, east, west] = both({ sessionTimeout: 1000 });
  const first = connect(east, "alice");
  east.ask(first, HELLO);
  catchUp(east, west);
  const { user, session } = find(east.read(first), "welcome");
  east.leave(first, "lost");
  catchUp(east, west);
  servers.now += 10_000;
  east.tick();
  const other = connect(west, "alice");
  west.ask(other, HELLO);
  catchUp(east, west);
  const back = connect(east, "alice");
  east.ask(back, { ...HELLO, session });
  catchUp(east, west);
  // It is another user now, so what waits from before must not be sent again.
  const welcome = find(east.read(back), "welcome");
  assertNotEquals(welcome.user.id, user.id);
  assertEquals(welcome.user, find(west.read(other), "welcome").user);
  assertEquals(welcome.resumed, false);
  assertSame(east, west);
});

Deno.test("A quit does not end a connection that an account has made since", () => {
  const [servers, east, west] = both();
  const first = connect(east, "alice");
  east.ask(first, { ...HELLO, device: "a" });
  catchUp(east, west);
  servers.now += 1;
  const second = connect(west, "alice");
  west.ask(second, { ...HELLO, device: "b" });
  const [entry] = servers.entries.splice(-1);
  servers.now -= 1;
  east.ask(first, { type: "quit" });
  const [quit] = servers.entries.splice(-1);
  servers.entries.push(entry, quit);
  catchUp(east, west);
  assertEquals(west.types(second).includes("goodbye"), false);
  assertEquals(east.replica.online, 1);
  west.ask(second, { type: "quit" });
  catchUp(east, west);
  assertEquals(east.replica.online, 0);
  assertSame(east, west);
});

Deno.test("A device of an account that connects again takes its own place alone", () => {
  const [servers, east, west] = both();
  const laptop = connect(east, "alice");
  east.ask(laptop, { ...HELLO, device: "laptop" });
  const phone = connect(west, "alice");
  west.ask(phone, { ...HELLO, device: "phone" });
  catchUp(east, west);
  const old = connect(east, "alice");
  servers.now += 1;
  const newer = connect(west, "alice");
  west.ask(newer, { ...HELLO, device: "phone" });
  // It was on its way for longer, and is not the device's connection any more.
  east.ask(old, { ...HELLO, device: "phone" });
  catchUp(east, west);
  assertEquals(west.types(phone).at(-1), "goodbye");
  assertEquals(west.types(newer).includes("goodbye"), false);
  assertEquals(codes(east.read(old)), ["unavailable"]);
  assertEquals(east.types(laptop).includes("goodbye"), false);
  // Clients that name no device do not take the place of others.
  const lines = connect(east, "alice");
  east.ask(lines, { type: "line", text: "alice" });
  catchUp(east, west);
  assertEquals(east.types(lines).slice(0, 2), ["welcome", "entered"]);
  assertEquals(east.types(laptop).includes("goodbye"), false);
  assertEquals(west.replica.online, 1);
  assertSame(east, west);
});

Deno.test("The secrets of another account, or of a user without one, are worth nothing", () => {
  const [, east, west] = both();
  const alice = connect(east, "alice");
  east.ask(alice, HELLO);
  const [, plain] = east.enter("carol");
  catchUp(east, west);
  const { session } = find(east.read(alice), "welcome");
  for (const secret of [session, plain]) {
    const bob = connect(west, "bob");
    west.ask(bob, { ...HELLO, session: secret });
    catchUp(east, west);
    const welcome = find(west.read(bob), "welcome");
    assertEquals(welcome.user.nickname, "bob");
    assertNotEquals(welcome.session, secret);
  }
  const nobody = connect(west);
  west.ask(nobody, { ...HELLO, session, nickname: "dora" });
  catchUp(east, west);
  assertEquals(find(west.read(nobody), "welcome").user.nickname, "dora");
  for (const account of ["bob", undefined]) {
    east.read(alice);
    east.ask(alice, { type: "link" });
    catchUp(east, west);
    const { token } = find(east.read(alice), "link");
    const thief = connect(west, account);
    west.ask(thief, { ...HELLO, link: token });
    catchUp(east, west);
    assertEquals(codes(west.read(thief)), ["wrong-link"]);
  }
  assertEquals(east.types(alice).includes("goodbye"), false);
  assertSame(east, west);
});

Deno.test("The nickname of an account can't be changed, nor chosen while it is taken", () => {
  const [, east, west] = both();
  const [taker] = east.enter("alice");
  catchUp(east, west);
  const alice = connect(west, "alice");
  west.ask(alice, HELLO);
  catchUp(east, west);
  assertEquals(codes(west.read(alice)), ["nickname-taken"]);
  for (
    const command of [
      { ...HELLO, nickname: "bob" },
      { type: "nick", nickname: "bob" },
      { type: "line", text: "bob" },
    ] as const
  ) {
    west.ask(alice, command);
    catchUp(east, west);
    const expected = command.type === "hello"
      ? "nickname-taken"
      : "nickname-fixed";
    assertEquals(codes(west.read(alice)), [expected]);
  }
  east.leave(taker, "quit");
  catchUp(east, west);
  west.ask(alice, { type: "nick", nickname: "alice" });
  catchUp(east, west);
  assertEquals(find(west.read(alice), "welcome").user.nickname, "alice");
  for (
    const command of [
      { type: "nick", nickname: "bob" },
      { type: "nick", nickname: "alice" },
      { type: "line", text: "/nick bob" },
      { type: "line", text: "n:bob" },
    ] as const
  ) {
    west.ask(alice, command);
    catchUp(east, west);
    const error = find(west.read(alice), "error");
    assertEquals([error.code, error.subject], ["nickname-fixed", "alice"]);
  }
  assertSame(east, west);
});

Deno.test("A server that starts from a saved state knows the accounts", () => {
  const [servers, east, west] = both();
  const alice = connect(east, "alice");
  east.ask(alice, { ...HELLO, device: "a" });
  catchUp(east, west);
  const { user } = find(east.read(alice), "welcome");
  const north = servers.start("north");
  const saved = JSON.parse(JSON.stringify(west.replica.save()));
  north.replica.restore(saved, servers.now);
  north.position = west.position;
  const second = connect(north, "alice");
  north.ask(second, { ...HELLO, device: "b" });
  catchUp(east, west, north);
  assertEquals(find(north.read(second), "welcome").user, user);
  assertEquals(north.replica.online, 1);
  assertSame(east, west, north);
});

Deno.test("Private messages belong to the account, also when the session has ended", () => {
  const appended: MessageOwners[] = [];
  const store = Object.assign(new MemoryStore(), {
    appendPrivate: (_: unknown, owners: MessageOwners) => appended.push(owners),
  });
  const servers = new Servers({ store });
  const east = servers.start("east");
  const alice = connect(east, "alice");
  east.ask(alice, HELLO);
  const [bob] = east.enter("bob");
  const { user } = find(east.read(alice), "welcome");
  east.ask(bob, { type: "msg", to: "alice", text: "psst" });
  east.catchUp();
  east.leave(alice, "quit");
  east.catchUp();
  const again = connect(east, "alice");
  east.ask(again, HELLO);
  east.catchUp();
  assertNotEquals(find(east.read(again), "welcome").user.id, user.id);
  east.ask(again, { type: "msg", to: "bob", text: "psst" });
  east.catchUp();
  const owner = "account:alice";
  const [first, second] = appended;
  assertEquals([first.recipient, second.author], [owner, owner]);
});

/** The codes of the notices that a user got. */
function noticesOf(messages: readonly ChatMessage[]): string[] {
  return messages.flatMap((one) =>
    one.type === "notice" && one.code !== undefined ? [one.code] : []
  );
}

/** An operator of a server. */
function enterBoss(server: Server): number {
  const [boss] = server.enter("boss");
  server.ask(boss, { type: "operator", token: TOKEN });
  server.catchUp();
  server.read(boss);
  return boss;
}

Deno.test("A mute holds for the account when its session has ended, on all servers", () => {
  const [servers, east, west] = both({ operatorToken: TOKEN });
  const boss = enterBoss(west);
  const first = connect(east, "alice");
  east.ask(first, { ...HELLO, device: "a" });
  catchUp(east, west);
  const minute = 60_000;
  west.ask(boss, { type: "mute", nickname: "alice", minutes: 10 });
  catchUp(east, west);
  east.ask(first, { type: "quit" });
  catchUp(east, west);
  servers.now += 3 * minute;
  west.tick();
  const again = connect(west, "alice");
  west.ask(again, HELLO);
  catchUp(east, west);
  const entrance = west.read(again);
  assertEquals(find(entrance, "welcome").user.nickname, "alice");
  const told = find(entrance, "notice");
  assertEquals([told.code, told.minutes], ["you-are-muted", 7]);
  for (
    const command of [
      { type: "say", text: "hi" },
      { type: "msg", to: "boss", text: "psst" },
      { type: "line", text: "/me waves" },
    ] as const
  ) {
    west.ask(again, command);
    const error = find(west.read(again), "error");
    assertEquals([error.code, error.subject], ["muted", "7"]);
  }
  // A server that starts knows of it, too.
  west.ask(again, { type: "quit" });
  catchUp(east, west);
  const north = servers.start("north");
  const saved = JSON.parse(JSON.stringify(west.replica.save()));
  north.replica.restore(saved, servers.now);
  north.position = west.position;
  const third = connect(north, "alice");
  north.ask(third, HELLO);
  catchUp(east, west, north);
  north.ask(third, { type: "say", text: "hi" });
  assertEquals(codes(north.read(third)), ["muted"]);
  assertSame(east, west, north);

  // It ends when an operator says so, also for the sessions to come.
  west.ask(boss, { type: "mute", nickname: "alice", minutes: 0 });
  catchUp(east, west, north);
  assertEquals(noticesOf(north.read(third)), ["you-are-unmuted"]);
  north.ask(third, { type: "quit" });
  catchUp(east, west, north);
  const free = connect(north, "alice");
  north.ask(free, HELLO);
  catchUp(east, west, north);
  west.read(boss);
  north.ask(free, { type: "say", text: "hi" });
  catchUp(east, west, north);
  assertEquals(west.types(boss), ["said"]);
  assertSame(east, west, north);
});

Deno.test("A mute of an account ends in time, and holds for no other user", () => {
  const [servers, east, west] = both({ operatorToken: TOKEN });
  const boss = enterBoss(west);
  const first = connect(east, "alice");
  east.ask(first, HELLO);
  catchUp(east, west);
  west.ask(boss, { type: "mute", nickname: "alice", minutes: 10 });
  catchUp(east, west);
  east.ask(first, { type: "quit" });
  catchUp(east, west);
  const other = connect(east, "bob");
  east.ask(other, HELLO);
  catchUp(east, west);
  west.read(boss);
  east.ask(other, { type: "say", text: "hi" });
  catchUp(east, west);
  assertEquals(west.types(boss), ["said"]);
  servers.now += 10 * 60_000;
  // Only one server has looked at the time since.
  east.tick();
  const again = connect(east, "alice");
  east.ask(again, HELLO);
  catchUp(east, west);
  west.read(boss);
  assertSame(east, west);
  east.ask(again, { type: "say", text: "hi" });
  catchUp(east, west);
  assertEquals(west.types(boss), ["said"]);
  const { accounts } = east.replica.save();
  assertEquals(accounts, []);
});

Deno.test("An account stays an operator for a week when its session has ended", () => {
  const [servers, east, west] = both({ operatorToken: TOKEN });
  const login = () => {
    const id = connect(west, "alice");
    west.ask(id, HELLO);
    catchUp(east, west);
    const isTold = noticesOf(west.read(id)).includes("operator");
    west.ask(id, { type: "notice", text: "hear" });
    catchUp(east, west);
    const isOperator = codes(west.read(id)).length === 0;
    assertEquals(isTold, isOperator);
    return [id, isOperator] as const;
  };
  const [first] = login();
  west.ask(first, { type: "operator", token: TOKEN });
  catchUp(east, west);
  const device = connect(west, "alice");
  west.ask(device, { ...HELLO, device: "phone" });
  catchUp(east, west);
  assertEquals(noticesOf(west.read(device)), ["operator"]);
  west.ask(first, { type: "quit" });
  catchUp(east, west);
  servers.now += 6 * DAY;
  west.tick();
  const [second, isOperator] = login();
  assertEquals(isOperator, true);
  assertSame(east, west);
  west.ask(second, { type: "quit" });
  catchUp(east, west);
  servers.now += 2 * DAY;
  west.tick();
  assertEquals(login()[1], false);
  assertSame(east, west);
});

for (const type of ["kick", "ban"] as const) {
  Deno.test(`A ${type} ends the rights of an account that is an operator`, () => {
    const [, east, west] = both({ operatorToken: TOKEN });
    const boss = enterBoss(east);
    const first = connect(west, "alice");
    west.ask(first, HELLO);
    catchUp(east, west);
    west.ask(first, { type: "operator", token: TOKEN });
    catchUp(east, west);
    east.ask(boss, { type, nickname: "alice", minutes: 1 });
    catchUp(east, west);
    assertEquals(west.types(first).at(-1), "goodbye");
    const again = west.connectAccount("alice", "192.0.2.99");
    west.ask(again, HELLO);
    catchUp(east, west);
    west.read(again);
    west.ask(again, { type: "notice", text: "hear" });
    catchUp(east, west);
    assertEquals(codes(west.read(again)), ["operator-needed"]);
    assertSame(east, west);
  });
}

Deno.test("The name of an account is free for it, whoever came without signing in before", () => {
  const [, east, west] = both();
  const lines = east.connectMarked();
  const other = west.connectMarked();
  east.ask(lines, { type: "line", text: "alice" });
  west.ask(other, { ...HELLO, nickname: "alice" });
  catchUp(east, west);
  assertEquals(find(east.read(lines), "welcome").user.nickname, "~alice");
  const taken = find(west.read(other), "error");
  assertEquals([taken.code, taken.subject], ["nickname-taken", "~alice"]);
  const alice = connect(west, "alice");
  west.ask(alice, HELLO);
  catchUp(east, west);
  assertEquals(find(west.read(alice), "welcome").user.nickname, "alice");
  // A private message goes to the account, and to the other by the mark alone.
  east.read(lines);
  west.ask(other, { type: "nick", nickname: "bob" });
  catchUp(east, west);
  west.read(other);
  west.ask(other, { type: "msg", to: "alice", text: "psst" });
  catchUp(east, west);
  assertEquals([west.types(alice).at(-1), east.types(lines)], [
    "private",
    ["joined"],
  ]);
  assertSame(east, west);
});

Deno.test("Users who are not signed in take no name of an account, by no way and in no spelling", () => {
  const servers = new Servers({ sessionTimeout: 1000 });
  const east = servers.start("east");
  const user = east.connectMarked();
  const become = (command: ChatCommand): string => {
    east.ask(user, command);
    east.catchUp();
    const last = east.read(user).findLast(({ type }) =>
      ["renamed", "welcome", "error"].includes(type)
    );
    if (last?.type === "error") return last.code;
    assert(last?.type === "renamed" || last?.type === "welcome");
    return last.user.nickname;
  };
  assertEquals(become({ ...HELLO, nickname: "bob" }), "~bob");
  for (
    const [typed, shown] of [
      ...[["alice", "~alice"], ["~bob", "~bob"], ["~~ALICE", "~ALICE"]],
      // Cyrillic, full width, and a tilde in full width.
      ...[["\u0430lice", "~\u0430lice"], ["\uff41lice2", "~alice2"]],
      ...[["\uff5ealice", "~alice"], ["\u223calice3", "~\u223calice3"]],
      // What no nickname has, it has not behind the mark either.
      ...[["/alice", "nickname-slash"], ["~/alice", "nickname-slash"]],
      ...[["\u0334alice", "nickname-mark"], ["~\u0334a", "nickname-mark"]],
      ...[["~*alice", "nickname-server-mark"], ["~", "nickname-empty"]],
      ...[["\ufeffalice", "nickname-invisible"], [
        "~Admin",
        "nickname-reserved",
      ]],
      ...[["x".repeat(32), "nickname-too-long"]],
    ]
  ) {
    assertEquals(become({ type: "nick", nickname: typed }), shown, typed);
  }
  assertEquals(become({ type: "line", text: "n:alice" }), "~alice");
  assertEquals(become({ type: "line", text: "/nick bob" }), "~bob");

  // Nor with the secret of a session, whether it is over or not.
  const lost = east.connectMarked();
  east.ask(lost, { ...HELLO, nickname: "carol" });
  east.catchUp();
  const { session } = find(east.read(lost), "welcome");
  for (const time of [0, 10_000]) {
    east.leave(lost, "lost");
    east.catchUp();
    servers.now += time;
    east.tick();
    const back = east.connectMarked();
    east.ask(back, { ...HELLO, session, nickname: "carol" });
    east.catchUp();
    const { user, resumed } = find(east.read(back), "welcome");
    assertEquals([user.nickname, resumed], ["~carol", time === 0]);
    east.leave(back, "lost");
  }
});
