import { assert, assertEquals } from "@std/assert";
import { RoomWorld } from "../_room_world.ts";

Deno.test("A user changes and deletes own messages, which everyone in the room sees", () => {
  const world = new RoomWorld();
  const bob = world.enter("bob");
  const [alice] = world.hello("alice");
  bob.read();
  alice.ask({ type: "say", text: "helo", ref: "1" });
  const { id } = alice.get("ack");
  bob.read();
  assert(id !== undefined);
  alice.ask({ type: "edit", target: id, text: "hello", ref: "2" });
  const [edited, ack] = alice.read();
  assert(edited.type === "edited" && ack.type === "ack");
  assertEquals([edited.target, edited.text], [id, "hello"]);
  assertEquals(ack.id, edited.id);
  assertEquals(bob.get("edited").text, "hello");
  alice.ask({ type: "history", room: "lobby" });
  const [kept] = alice.get("history").messages;
  assert(kept.type === "said");
  assertEquals([kept.id, kept.text, kept.edited], [id, "hello", edited.id]);

  alice.line("/delete");
  assertEquals(bob.get("edited").text, "");
  alice.read();
  alice.line("/delete", "/edit again");
  assertEquals(alice.types(), ["error", "error"]);
  alice.ask({ type: "history", room: "lobby" });
  assertEquals(alice.get("history").messages[0].text, "");
});

Deno.test("A line answers the last message of a user in the room", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  const bob = world.enter("bob");
  bob.read();
  bob.line("/reply alice yes", "/reply nobody yes");
  assertEquals(
    bob.read().map((message) => message.type === "error" && message.code),
    ["no-such-message", "no-such-user"],
  );
  alice.ask({ type: "say", text: "Is it?", ref: "1" });
  const { id } = alice.get("ack");
  bob.line("/reply ALICE yes");
  const said = alice.get("said");
  assertEquals([said.text, said.replyTo], ["yes", id]);
});

Deno.test("Only the author changes a message, only for a time, and operators delete any", () => {
  const world = new RoomWorld({
    editTime: 60_000,
    operatorToken: "open sesame",
  });
  const [alice] = world.hello("alice");
  const [bob] = world.hello("bob");
  alice.ask({ type: "say", text: "hello", ref: "1" });
  const ack = alice.read().at(-1);
  assert(ack?.type === "ack" && ack.id !== undefined);
  const { id: target } = ack;
  bob.read();
  bob.ask({ type: "edit", target, text: "bye" });
  assertEquals(bob.error()[0], "not-your-message");
  world.now += 60_001;
  alice.ask({ type: "edit", target, text: "bye" });
  assertEquals(alice.error(), ["too-late", "1"]);
  bob.line("/operator open sesame");
  bob.read();
  bob.ask({ type: "edit", target, text: "bye" });
  assertEquals(bob.error()[0], "not-your-message");
  bob.ask({ type: "edit", target, text: "" });
  assertEquals(alice.get("edited").user.nickname, "bob");
  alice.line("/topic tea");
  alice.read();
  for (const target of [0, 99]) {
    alice.ask({ type: "edit", target, text: "x" });
    assertEquals(alice.error()[0], "no-such-message");
  }
});

Deno.test("A user who comes back gets the messages that were changed meanwhile", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const [bob] = world.hello("bob");
  bob.ask({ type: "say", text: "one", ref: "1" });
  bob.ask({ type: "say", text: "two", ref: "2" });
  const seen = Math.max(
    ...alice.read().flatMap((message) =>
      "id" in message && message.id !== undefined ? [message.id] : []
    ),
  );
  alice.leave("lost");
  const [first] = bob.read().filter(({ type }) => type === "ack");
  assert(first.type === "ack" && first.id !== undefined);
  bob.ask({ type: "edit", target: first.id, text: "ONE" });
  bob.ask({ type: "say", text: "three" });
  const back = world.resume(session, seen);
  const { history, complete } = back.get("entered");
  assertEquals(history.map(({ text }) => text), ["ONE", "three"]);
  assert(complete);
});

Deno.test("An answer names the message that it answers", () => {
  const world = new RoomWorld();
  const bob = world.enter("bob");
  const [alice] = world.hello("alice");
  bob.read();
  alice.ask({ type: "say", text: "yes", replyTo: 7 });
  assertEquals(bob.get("said").replyTo, 7);
});

Deno.test("A user who is muted writes nothing for the time", () => {
  const world = new RoomWorld({ operatorToken: "open sesame" });
  const alice = world.enter("alice");
  const [bob, session] = world.hello("bob");
  alice.line("/mute bob 5");
  assertEquals(alice.error()[0], "operator-needed");
  alice.line("/operator open sesame", "/mute bob 10081");
  assertEquals(alice.read().at(-1)?.type, "error");
  alice.line("/mute bob 5 calm down");
  assertEquals(alice.types(), ["notice"]);
  const { text } = bob.get("notice");
  assertEquals(text, "An operator has muted you for 5 minutes. (calm down)");
  const lines = ["hi", "/me waves", "/msg alice hi", "/topic x", "/edit x"];
  for (const line of lines) {
    bob.line(line);
    assertEquals(bob.error(), ["muted", "5"], line);
  }
  bob.line("/list");
  assertEquals(bob.types(), ["users"]);
  bob.leave("lost");
  const back = world.resume(session, 0);
  back.read();
  back.line("hi");
  assertEquals(back.error()[0], "muted");
  world.now += 5 * 60_000;
  back.line("hi");
  assertEquals(back.types(), []);
  alice.line("/mute bob 5", "/mute bob 0");
  back.read();
  back.line("hi");
  assertEquals(back.types(), []);
});
