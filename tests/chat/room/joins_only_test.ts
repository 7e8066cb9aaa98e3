// Connections that were admitted as they know the secret of a session or a link.

import { assert, assertEquals } from "@std/assert";
import type { ChatCommand } from "../../../chat/room/chat_command.ts";
import { assertSame, both, catchUp, type Server } from "./_replica_servers.ts";

const HELLO = { type: "hello", version: 1 } as const;

function link(server: Server, id: number): string {
  server.read(id);
  server.ask(id, { type: "link" });
  server.catchUp();
  const answer = server.read(id).find(({ type }) => type === "link");
  assert(answer?.type === "link");
  return answer.token;
}

Deno.test("Each server knows the links and sessions of users, and none of accounts", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  const token = link(east, alice);
  assertEquals(west.replica.knows({ session }, servers.now), false);
  west.catchUp();
  const account = east.connectAccount("bob");
  east.ask(account, HELLO);
  east.catchUp();
  const welcome = east.read(account).find(({ type }) => type === "welcome");
  assert(welcome?.type === "welcome");
  const other = link(east, account);
  west.catchUp();
  const { now } = servers;
  for (const { replica } of [east, west]) {
    assert(replica.knows({ session }, now));
    assert(replica.knows({ link: token }, now));
    for (
      const secrets of [
        {},
        { session: token },
        { link: session },
        { session: welcome.session },
        { link: other },
      ]
    ) assertEquals(replica.knows(secrets, now), false);
    assertEquals(replica.knows({ link: token }, now + 300_000), false);
  }
  // Asking does not use a link up.
  const phone = west.connectToJoin();
  west.ask(phone, { ...HELLO, link: token, device: "phone" });
  catchUp(east, west);
  assertEquals(west.types(phone).slice(0, 2), ["greeting", "welcome"]);
  assertEquals(east.replica.knows({ link: token }, now), false);
  assertSame(east, west);
});

Deno.test("Of two clients that come by one link, the second one does not enter", () => {
  const [, east, west] = both();
  const [alice] = east.enter("alice");
  const token = link(east, alice);
  west.catchUp();
  const hello = { ...HELLO, nickname: "thief", link: token };
  const first = east.connectToJoin();
  east.ask(first, { ...hello, device: "a" });
  const second = west.connectToJoin();
  west.read(second);
  west.ask(second, { ...hello, device: "b" });
  catchUp(east, west);
  assertEquals(east.types(first).slice(0, 2), ["greeting", "welcome"]);
  const [error, goodbye] = west.read(second);
  assert(error.type === "error" && error.code === "wrong-link");
  assertEquals(goodbye.type, "goodbye");
  assertEquals(east.replica.online, 1);
  assertSame(east, west);
});

Deno.test("A client that may only join enters under no nickname of its own", () => {
  const [servers, east, west] = both({ sessionTimeout: 1000 });
  const [alice, session] = east.enter("alice");
  east.leave(alice, "lost");
  catchUp(east, west);
  const attempts: ChatCommand[] = [
    { ...HELLO, nickname: "thief" },
    { type: "nick", nickname: "thief" },
    { type: "line", text: "thief" },
  ];
  for (const attempt of attempts) {
    const thief = west.connectToJoin();
    west.ask(thief, attempt);
    catchUp(east, west);
    assertEquals(west.types(thief), ["greeting", "goodbye"]);
  }
  // The session ends after the gate has asked for it.
  const late = west.connectToJoin();
  servers.now += 10_000;
  east.tick();
  west.ask(late, { ...HELLO, session, nickname: "alice" });
  catchUp(east, west);
  assertEquals(west.types(late), ["greeting", "goodbye"]);
  assertEquals(west.replica.online, 0);
  assertSame(east, west);
});
