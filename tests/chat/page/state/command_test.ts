import { assert, assertEquals } from "@std/assert";
import { CommandLine } from "../../../../chat/page/state/command.js";
import { isSpeech } from "../../../../chat/page/state/store.js";
import { enterLobby, ME, said, YOU } from "../_page.ts";

Deno.test("a session refuses more than it can keep", () => {
  const { commands, lobby } = enterLobby();
  for (let n = 0; n < 64; n++) {
    assertEquals(commands.type(lobby, "x"), undefined);
  }
  assertEquals(
    commands.type(lobby, "one more"),
    "Too much waits to be sent. Please try again in a moment.",
  );
});

Deno.test("CommandLine sends a text of several lines as one message", () => {
  const { system, commands, lobby } = enterLobby();
  commands.type(lobby, "\r\none\r\n  two\n\n/three\n\n");
  commands.type(lobby, "/msg you a\nb");
  commands.type(lobby, "/me waves\nand goes");
  const texts = [...system.socket.took("say"), ...system.socket.took("msg")];
  assertEquals(texts.map(({ text }) => text), [
    ...["one\n  two\n\n/three", "a\nb"],
  ]);
  assertEquals(lobby.pending.map(({ text }) => text), [
    ...["one\n  two\n\n/three", "waves\nand goes"],
  ]);
});

Deno.test("CommandLine answers the last message of a user", () => {
  const { system, commands, lobby } = enterLobby();
  system.socket.tell(said(7, "one"), said(8, "two"));
  assertEquals(
    commands.type(lobby, "/reply nobody yes"),
    "nobody has said nothing here lately.",
  );
  assertEquals(commands.type(lobby, "/reply YOU yes"), undefined);
  const [answer] = system.socket.took("say");
  assertEquals([answer?.text, answer?.replyTo], ["yes", 8]);
});

Deno.test("CommandLine changes and answers private messages", () => {
  const { system, commands, store, lobby } = enterLobby();
  const base = { type: "private", time: 0, text: "psst" } as const;
  commands.type(lobby, "/msg you psst");
  const [sent] = system.socket.took("msg");
  system.socket.tell(
    { ...base, id: 7, user: ME, to: YOU },
    { type: "ack", ref: sent?.ref, id: 7 },
    { ...base, id: 8, user: YOU, to: ME, text: "what?" },
  );
  const { active: talk } = store;
  assert(talk?.kind === "private");
  assertEquals(commands.type(talk, "/edit hush"), undefined);
  const [edit] = system.socket.took("edit");
  assertEquals([edit?.target, edit?.text], [7, "hush"]);
  assertEquals(commands.type(talk, "/reply YOU nothing"), undefined);
  const [answer] = system.socket.took("msg");
  assertEquals([answer?.text, answer?.replyTo], ["nothing", 8]);
  system.socket.tell({
    ...{ type: "private-edited", id: 9, time: 0, user: YOU, to: ME },
    ...{ target: 8, text: "" },
  });
  const texts = talk.items.map(({ message }) =>
    isSpeech(message) && message.text
  );
  assertEquals(texts, ["psst", ""]);
});

Deno.test("CommandLine carries out no command with more lines below it", () => {
  const { commands, lobby } = enterLobby();
  const error = "A command has one line. Send it by itself.";
  assertEquals(commands.type(lobby, "/topic tea\nor coffee"), error);
  assertEquals(commands.type(lobby, "/help\nis what I need"), error);
  assertEquals(commands.type(lobby, "/topic tea\n\n"), undefined);
});

Deno.test("CommandLine refuses more lines than servers take", () => {
  const { commands, lobby } = enterLobby();
  assertEquals(
    commands.type(lobby, "x\n".repeat(201)),
    "This has too many lines: at most 200 can be sent.",
  );
  assertEquals(commands.type(lobby, "x\n".repeat(200)), undefined);
});

Deno.test("CommandLine hands a search on", () => {
  const { session, store, lobby } = enterLobby();
  const searched: string[] = [];
  const commands = new CommandLine(
    session,
    store,
    (text) => searched.push(text),
  );
  assertEquals(commands.type(lobby, "/search tea time"), undefined);
  assertEquals(searched, ["tea time"]);
});
