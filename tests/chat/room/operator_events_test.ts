import { assert, assertEquals } from "@std/assert";
import type { OperatorEvent } from "../../../chat/room/apply/_operator_event.ts";
import { assertSame, both, catchUp } from "./_replica_servers.ts";

const OPTIONS = { operatorToken: "open sesame" };

Deno.test("Each act of an operator is told once on each server, without any text", () => {
  const [servers, east, west] = both(OPTIONS);
  const acts: OperatorEvent[] = [];
  const others: OperatorEvent[] = [];
  east.replica.onOperatorEvent = (act) => acts.push(act);
  west.replica.onOperatorEvent = (act) => others.push(act);
  const [boss] = east.enter("boss");
  west.catchUp();
  const [troll] = west.enter("troll");
  catchUp(east, west);
  const ask = (text: string) => {
    east.ask(boss, { type: "line", text });
    catchUp(east, west);
  };
  // Nobody's acts, and refused ones.
  ask("/kick troll");
  ask("/operator wrong guess");
  west.ask(troll, { type: "say", text: "secret text" });
  catchUp(east, west);
  assertEquals(acts, []);
  for (
    const line of [
      "/operator open sesame",
      "/join cats",
      "/lock cats",
      "/unlock cats",
      "/invite troll cats",
      "/mute troll 5 secret text",
      "/notice secret text",
      "/kick nobody",
      "/ban troll 7 secret text",
    ]
  ) ask(line);
  assertEquals(others, acts);
  assertEquals(JSON.stringify(acts).includes("secret"), false);
  const target = west.replica.user(troll);
  assertEquals(target, undefined);
  assertEquals(
    acts.map(({ act, target, room, minutes }) => [
      act,
      target?.nickname,
      room,
      minutes,
    ]),
    [
      ["login", undefined, undefined, undefined],
      ["lock", undefined, "cats", undefined],
      ["unlock", undefined, "cats", undefined],
      ["invite", "troll", "cats", undefined],
      ["mute", "troll", undefined, 5],
      ["notice", undefined, undefined, undefined],
      ["ban", "troll", undefined, 7],
    ],
  );
  for (const { by, server, time } of acts) {
    assertEquals([by?.nickname, server, time], ["boss", "east", servers.now]);
  }
  assertSame(east, west);
});

Deno.test("A message that an operator deletes is told, and no own one", () => {
  const [, east] = both(OPTIONS);
  const acts: OperatorEvent[] = [];
  const [boss] = east.enter("boss");
  const [troll] = east.enter("troll");
  east.ask(boss, { type: "operator", token: "open sesame" });
  east.replica.onOperatorEvent = (act) => acts.push(act);
  for (const id of [boss, troll]) {
    east.ask(id, { type: "say", text: "hello", ref: "1" });
    east.catchUp();
    const ack = east.read(id).findLast(({ type }) => type === "ack");
    assert(ack?.type === "ack" && ack.id !== undefined);
    east.ask(boss, { type: "edit", target: ack.id, text: "" });
    east.catchUp();
  }
  assertEquals(
    acts.map(({ act, target, room }) => [act, target?.nickname, room]),
    [["login", undefined, undefined], ["delete", "troll", "lobby"]],
  );
});
