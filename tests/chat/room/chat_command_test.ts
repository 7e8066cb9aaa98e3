import { assertEquals } from "@std/assert";
import {
  type ChatCommand,
  parseCommand,
} from "../../../chat/room/chat_command.ts";

function assertParsed(cases: readonly (readonly [string, ChatCommand])[]) {
  for (const [line, command] of cases) {
    assertEquals(parseCommand(line), command, JSON.stringify(line));
  }
}

Deno.test("parseCommand() reads a line that is not a command as plain", () => {
  for (
    const text of [
      "hello",
      " hello ",
      "list",
      "bye",
      "B:hello",
      "L",
      " l",
      " /quit",
      "lb:x",
      "d:x",
      "你好：世界",
      "__proto__",
    ]
  ) {
    assertEquals(parseCommand(text), { type: "plain", text });
  }
});

Deno.test("parseCommand() does nothing for a line of white space", () => {
  for (const line of ["", " ", "\t", "\u3000"]) {
    assertEquals(parseCommand(line), { type: "blank" });
  }
});

Deno.test("parseCommand() reads byebye and l if they are the whole line", () => {
  assertParsed([
    ["byebye", { type: "quit" }],
    ["byebye  ", { type: "quit" }],
    ["l", { type: "list" }],
    ["l ", { type: "list" }],
    ["byebye all", { type: "plain", text: "byebye all" }],
    ["l 1", { type: "plain", text: "l 1" }],
  ]);
});

Deno.test("parseCommand() says the text after b: as it is", () => {
  assertParsed([
    ["b:hello", { type: "say", text: "hello" }],
    ["b: hello ", { type: "say", text: " hello " }],
    ["b:l", { type: "say", text: "l" }],
    ["b:byebye", { type: "say", text: "byebye" }],
    ["b:/nick x", { type: "say", text: "/nick x" }],
    ["b:b:b", { type: "say", text: "b:b" }],
    ["b:", { type: "incomplete", name: "b" }],
    ["b: ", { type: "incomplete", name: "b" }],
  ]);
});

Deno.test("parseCommand() keeps the colons in the text of c:NAME:TEXT", () => {
  assertParsed([
    ["c:bob:hi", { type: "msg", to: "bob", text: "hi" }],
    ["c:bob:a:b::c:", { type: "msg", to: "bob", text: "a:b::c:" }],
    ["c: bob : hi", { type: "msg", to: "bob", text: " hi" }],
    ["c:bob", { type: "incomplete", name: "c" }],
    ["c:bob:", { type: "incomplete", name: "c" }],
    ["c::hi", { type: "incomplete", name: "c" }],
    ["c:", { type: "incomplete", name: "c" }],
  ]);
});

Deno.test("parseCommand() reads the text after n: as a nickname", () => {
  assertParsed([
    ["n:bob", { type: "nick", nickname: "bob" }],
    ["n:a b", { type: "nick", nickname: "a b" }],
    ["n:", { type: "incomplete", name: "n" }],
  ]);
});

Deno.test("parseCommand() reads the commands with a slash, in any case", () => {
  assertParsed([
    ["/nick bob", { type: "nick", nickname: "bob" }],
    ["/nick a b", { type: "nick", nickname: "a b" }],
    ["/NICK  Bob ", { type: "nick", nickname: "Bob" }],
    ["/nick", { type: "incomplete", name: "nick" }],
    ["/msg bob a : b", { type: "msg", to: "bob", text: "a : b" }],
    ["/msg bob   a  b", { type: "msg", to: "bob", text: "a  b" }],
    ["/msg bob", { type: "incomplete", name: "msg" }],
    ["/msg", { type: "incomplete", name: "msg" }],
    ["/me waves at all", { type: "me", text: "waves at all" }],
    ["/me ", { type: "incomplete", name: "me" }],
    ["/list", { type: "list" }],
    ["/list all", { type: "list" }],
    ["/help", { type: "help" }],
    ["/Quit", { type: "quit" }],
  ]);
});

Deno.test("parseCommand() reports unknown commands", () => {
  assertParsed([
    ["/", { type: "unknown", name: "" }],
    ["/ nick bob", { type: "unknown", name: "" }],
    ["/Dance now", { type: "unknown", name: "Dance" }],
    ["/constructor", { type: "unknown", name: "constructor" }],
    ["/nickbob", { type: "unknown", name: "nickbob" }],
  ]);
});

Deno.test("parseCommand() says a line after two slashes with one", () => {
  assertParsed([
    ["//list", { type: "say", text: "/list" }],
    ["//", { type: "say", text: "/" }],
    ["///", { type: "say", text: "//" }],
  ]);
});

Deno.test("parseCommand() reads the commands for rooms", () => {
  assertParsed([
    ["/join cats", { type: "join", room: "cats" }],
    ["/JOIN  #Cats ", { type: "join", room: "#Cats" }],
    ["/join two words", { type: "join", room: "two words" }],
    ["/join", { type: "incomplete", name: "join" }],
    ["/leave", { type: "leave" }],
    ["/leave cats", { type: "leave", room: "cats" }],
    ["/part cats", { type: "leave", room: "cats" }],
    ["/rooms", { type: "rooms" }],
    ["/topic", { type: "topic" }],
    ["/topic all : about  tea", { type: "topic", text: "all : about  tea" }],
    ["/topic -", { type: "topic", text: "" }],
    ["/topic --", { type: "topic", text: "--" }],
    ["/history", { type: "history", limit: 20 }],
    ["/history 5", { type: "history", limit: 5 }],
    ["/history five", { type: "incomplete", name: "history" }],
    ["/history -1", { type: "incomplete", name: "history" }],
    ["/history 1e3", { type: "incomplete", name: "history" }],
  ]);
});

Deno.test("parseCommand() reads the commands of operators", () => {
  assertParsed([
    ["/operator open sesame", { type: "operator", token: "open sesame" }],
    ["/operator", { type: "incomplete", name: "operator" }],
    ["/oper open sesame", { type: "operator", token: "open sesame" }],
    ["/oper", { type: "incomplete", name: "oper" }],
    ["/kick bob", { type: "kick", nickname: "bob" }],
    ["/kick bob too loud", {
      type: "kick",
      nickname: "bob",
      reason: "too loud",
    }],
    ["/kick", { type: "incomplete", name: "kick" }],
    ["/ban bob 10", { type: "ban", nickname: "bob", minutes: 10 }],
    ["/ban bob 10 spam: a lot", {
      type: "ban",
      nickname: "bob",
      minutes: 10,
      reason: "spam: a lot",
    }],
    ["/ban bob", { type: "incomplete", name: "ban" }],
    ["/ban bob ten", { type: "incomplete", name: "ban" }],
    ["/ban", { type: "incomplete", name: "ban" }],
    ["/notice stops at noon", { type: "notice", text: "stops at noon" }],
    ["/notice ", { type: "incomplete", name: "notice" }],
  ]);
});
