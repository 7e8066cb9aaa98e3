// The lines that users at a terminal get for commands, rooms, topics, history and
// operators.

import { assertEquals } from "@std/assert";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import { TextChat } from "./_text_chat.ts";

Deno.test("Lines of other rooms than the lobby have the room's name", () => {
  const chat = new TextChat();
  const alice = chat.enter("alice");
  const bob = chat.enter("bob");
  alice.read();
  alice.type("/join Cats\n");
  assertEquals(alice.read(), [
    "*** You are in #cats: what you type goes there. 1 person is here, including you.",
  ]);
  alice.type("/topic all about cats\n");
  assertEquals(alice.read(), [
    "*** #cats alice has set the topic: all about cats",
  ]);
  alice.type("meow\n/me purrs\n");

  chat.now += 65 * 60_000;
  bob.type("/join #cats\n");
  assertEquals(bob.read(), [
    "*** You are in #cats: what you type goes there. 2 people are here, including you.",
    "*** The topic of #cats is: all about cats",
    "*** The last 3 messages in #cats, with the time in UTC:",
    "*** 2026-01-01, Thursday:",
    "00:00 *** alice has set the topic: all about cats",
    "00:00 alice: meow",
    "00:00 * alice purrs",
    "*** End of history.",
  ]);
  assertEquals(alice.read(), ["*** bob (user 2) has joined #cats."]);

  bob.type("meow?\n/me listens\n/nick robert\n");
  assertEquals(alice.read(), [
    "#cats bob: meow?",
    "#cats * bob listens",
    "*** bob is now called robert.",
    "*** #cats bob is now called robert.",
  ]);
  bob.read();
  bob.type("/join lobby\nhello lobby\n");
  assertEquals(bob.read(), [
    "*** You are in lobby: what you type goes there. 2 people are here, including you.",
  ]);
  assertEquals(alice.read(), ["robert: hello lobby"]);
  bob.type("/leave cats\n");
  assertEquals(bob.read(), [
    "*** You have left #cats. Your messages go to lobby now.",
  ]);
  assertEquals(alice.read(), ["*** robert (user 2) has left #cats."]);
  bob.type("/leave\n");
  assertEquals(bob.read(), [
    "*** lobby is your only room. Type /quit to leave the chat.",
  ]);
  bob.type("/rooms\n/topic -\n/topic\n");
  assertEquals(bob.read(), [
    "*** There are 2 rooms (/join ROOM enters one):",
    "***   lobby (2 people)",
    "***   #cats (1 person): all about cats",
    "*** robert has removed the topic.",
    "***   lobby (2 people)",
  ]);
});

Deno.test("A user who enters the lobby gets the last messages, if there are any", () => {
  const chat = new TextChat();
  const alice = chat.enter("alice");
  alice.type("one\n");
  const bob = chat.connect("192.0.2.2:50002");
  bob.read();
  bob.type("bob\n");
  assertEquals(bob.read(), [
    "*** Welcome, bob! You are user 2.",
    "*** Type a line to talk, /help to list the commands, byebye to leave.",
    "*** The last message in lobby, with the time in UTC:",
    "*** 2026-01-01, Thursday:",
    "00:00 alice: one",
    "*** End of history.",
  ]);
  bob.type("/history 0\n/history\n");
  assertEquals(bob.read(), [
    "*** There are no messages in lobby yet.",
    "*** The last message in lobby, with the time in UTC:",
    "*** 2026-01-01, Thursday:",
    "00:00 alice: one",
    "*** End of history.",
  ]);
});

Deno.test("An operator at a terminal kicks, bans and notifies", () => {
  const room = new ChatRoom({
    operatorToken: "open sesame",
    flood: { burst: Infinity },
  });
  const chat = new TextChat(room);
  const alice = chat.enter("alice");
  const [bob, carol] = [chat.enter("bob"), chat.enter("carol")];
  for (const user of [alice, bob]) user.read();
  alice.type("/oper wrong\n/oper open sesame\n/kick bob too loud\n");
  assertEquals(alice.read(), [
    "*** The operators' token is wrong.",
    "*** Notice: You are an operator now.",
    "*** bob (user 2) has left: kicked by an operator (too loud).",
    "*** Notice: bob was kicked.",
  ]);
  assertEquals(bob.read(), [
    "*** Goodbye: an operator disconnected you. (too loud)",
  ]);
  carol.read();
  alice.type("/notice We stop at noon\n/ban carol 1\n");
  assertEquals(carol.read(), [
    "*** Notice: We stop at noon",
    "*** Goodbye: an operator has banned your address.",
  ]);
  alice.read();
  alice.type("/ban nobody\n/kick\n/ban alice 0\n");
  assertEquals(alice.read(), [
    "*** Something is missing. Usage: /ban NAME MINUTES [REASON]",
    "*** Something is missing. Usage: /kick NAME [REASON]",
    "*** The time is 1 to 10080 minutes, which is a week; 0 ends a mute.",
  ]);
});

Deno.test("A nickname can't make its lines look like those of a room", () => {
  const chat = new TextChat();
  const alice = chat.enter("#cats");
  const bob = chat.enter("bob");
  for (const user of [alice, bob]) {
    user.type("/join cats\n");
    user.read();
  }
  alice.read();
  bob.read();
  alice.type("/join lobby\nalice: hi\n");
  assertEquals(bob.read(), ["#cats: alice: hi"]);
  alice.type("/join cats\nalice: hi\n");
  assertEquals(bob.read(), ["#cats #cats: alice: hi"]);
});

Deno.test("Slash commands do the same as their older forms", () => {
  const chat = new TextChat();
  const alice = chat.connect("192.0.2.1:50001");
  alice.type("/nick alice\n");
  const bob = chat.enter("bob");

  alice.type("/msg BOB  a:b  c \n");
  assertEquals(bob.read(), ["[private] alice to bob: a:b  c"]);
  alice.type("/me waves\n");
  assertEquals(bob.read(), ["* alice waves"]);
  alice.type("/nick Alice\n");
  assertEquals(bob.read(), ["*** alice is now called Alice."]);
  alice.read();
  alice.type("/LIST\n");
  assertEquals(alice.read().length, 3);
  alice.type("//list\n");
  assertEquals(bob.read(), ["Alice: /list"]);
  alice.type("/help\n");
  assertEquals(
    alice.read().filter((line) => line.includes("/msg NAME TEXT")).length,
    1,
  );
  alice.type("/quit\nnot heard\n");
  assertEquals(alice.read(), ["*** Goodbye!"]);
  assertEquals(bob.read(), ["*** Alice (user 1) has left."]);
});
