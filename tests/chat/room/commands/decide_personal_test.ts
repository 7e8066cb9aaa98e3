import { assert, assertEquals } from "@std/assert";
import { RoomWorld } from "../_room_world.ts";

Deno.test("A user gets no messages of somebody who is ignored", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  const carol = world.enter("carol");
  for (const user of [alice, bob]) user.read();
  alice.line("/ignore Bob");
  assertEquals(alice.types(), ["notice"]);
  bob.line("hello", "/me waves", "/msg alice psst");
  assertEquals(alice.types(), []);
  assertEquals(carol.types(), ["said", "action"]);
  // The author is not told.
  assertEquals(bob.types(), ["private"]);
  carol.line("hi");
  assertEquals(alice.types(), ["said"]);
  alice.line("/unignore bob");
  bob.line("hello");
  assertEquals(alice.types(), ["notice", "said"]);
  alice.line("/ignore alice", "/ignore nobody");
  assertEquals(alice.types(), ["error", "error"]);
});

Deno.test("An ignored user comes back as somebody else after having quit", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  alice.line("/ignore bob");
  bob.leave("quit");
  world.enter("bob").line("hello");
  assertEquals(alice.types().filter((type) => type === "said"), ["said"]);
});

Deno.test("Another device joins a session by a link, once and for five minutes", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const link = () => {
    alice.read();
    alice.ask({ type: "link", ref: "1" });
    const message = alice.get("link");
    assertEquals(message.ref, "1");
    assertEquals(message.expires, world.now + 300_000);
    return message.token;
  };
  const token = link();
  const phone = world.connect({ expectHello: true });
  phone.read();
  const hello = { type: "hello", version: 1, device: "phone" } as const;
  phone.ask({ ...hello, link: token });
  const [welcome, entered] = phone.read();
  assert(welcome.type === "welcome" && entered.type === "entered");
  assertEquals([welcome.user.nickname, welcome.resumed], ["alice", true]);
  assert(welcome.session !== undefined && welcome.session !== session);
  assertEquals(world.room.online, 1);

  const thief = world.connect({ expectHello: true });
  thief.read();
  for (const link of [token, "guess", welcome.session]) {
    thief.ask({ ...hello, link });
    assertEquals(thief.error()[0], "wrong-link");
  }
  const late = link();
  world.now += 300_000;
  thief.ask({ ...hello, link: late });
  assertEquals(thief.error()[0], "wrong-link");
  const replaced = link();
  link();
  thief.ask({ ...hello, link: replaced });
  assertEquals(thief.error()[0], "wrong-link");

  // The new secret resumes the session on its own.
  phone.leave("lost");
  const back = world.resume(welcome.session, 0);
  assert(back.get("welcome").resumed);

  const lines = world.enter("bob");
  lines.line("/link");
  assertEquals(lines.error()[0], "link-needs-session");
});
