// The dialogues of the programs that this chat descends from: two chat rooms for
// Node.js and one in Go. The words are this server's own.

import { assertEquals } from "@std/assert";
import { TextChat } from "./_text_chat.ts";

Deno.test("The dialogue of the first Node room: nickname, talk, byebye", () => {
  const chat = new TextChat();
  const alice = chat.connect("192.0.2.1:50001");
  assertEquals(alice.read(), [
    "*** Welcome! 1 person is online, including you.",
    "*** Your address is 192.0.2.1:50001; other users do not see it.",
    "*** Please type your nickname and press Enter.",
  ]);
  alice.type("小明\r\n");
  assertEquals(alice.read(), [
    "*** Welcome, 小明! You are user 1.",
    "*** Type a line to talk, /help to list the commands, byebye to leave.",
  ]);

  const bob = chat.connect("192.0.2.2:50002");
  assertEquals(
    bob.read()[0],
    "*** Welcome! 2 people are online, including you.",
  );
  bob.type("小明\r\n");
  assertEquals(bob.read(), [
    "*** The nickname 小明 is taken. Please choose another one.",
    "*** Please type your nickname and press Enter.",
  ]);
  bob.type("小红\r\n");
  assertEquals(bob.read()[0], "*** Welcome, 小红! You are user 2.");
  assertEquals(alice.read(), ["*** 小红 (user 2) has joined."]);

  alice.type("大家好\r\n");
  assertEquals(alice.read(), []);
  assertEquals(bob.read(), ["小明: 大家好"]);

  bob.type("byebye\r\n");
  assertEquals(bob.read(), ["*** Goodbye!"]);
  assertEquals(alice.read(), ["*** 小红 (user 2) has left."]);
  alice.type("还有人吗\r\n");
  assertEquals(bob.read(), []);

  const third = chat.connect("192.0.2.2:50003");
  third.type("小红\r\n");
  assertEquals(third.read()[3], "*** Welcome, 小红! You are user 3.");
});

Deno.test("The dialogue of the second Node room: b, c, l and n", () => {
  const chat = new TextChat();
  const alice = chat.connect("192.0.2.1:50001");
  const bob = chat.connect("192.0.2.2:50002");
  const carol = chat.connect("192.0.2.3:50003");
  alice.type("n:alice\r\n");
  bob.type("n:bob\r\n");
  carol.type("n:carol\r\n");
  for (const user of [alice, bob, carol]) user.read();

  alice.type("b:hello\r\n");
  assertEquals(alice.read(), []);
  assertEquals(bob.read(), ["alice: hello"]);
  assertEquals(carol.read(), ["alice: hello"]);

  alice.type("c:bob:see http://example.com:80/ at 10:30\r\n");
  const line = "[private] alice to bob: see http://example.com:80/ at 10:30";
  assertEquals(alice.read(), [line]);
  assertEquals(bob.read(), [line]);
  assertEquals(carol.read(), []);

  alice.type("c:dave:hi\r\n");
  assertEquals(alice.read(), [
    "*** There is no user dave. Type /list to list the users here.",
  ]);

  chat.now += 5 * 60_000;
  alice.type("l\r\n");
  assertEquals(alice.read(), [
    "*** 3 people are in lobby:",
    "***   alice (user 1, here for 5 min)",
    "***   bob (user 2, here for 5 min)",
    "***   carol (user 3, here for 5 min)",
  ]);

  alice.type("n:anna\r\n");
  for (const user of [alice, bob, carol]) {
    assertEquals(user.read(), ["*** alice is now called anna."]);
  }
  bob.type("c:anna:new name?\r\n");
  assertEquals(alice.read(), ["[private] bob to anna: new name?"]);
  assertEquals(bob.read(), ["[private] bob to anna: new name?"]);

  alice.type("/dance\r\n");
  assertEquals(alice.read(), [
    "*** There is no command /dance. Type /help to list the commands, or //dance to send it as text.",
  ]);
  assertEquals(bob.read(), []);
});

Deno.test("The dialogue of the Go server: ids count up, and all hear who enters and leaves", () => {
  const chat = new TextChat();
  const first = chat.enter("gopher");
  const second = chat.connect("192.0.2.2:50002");
  assertEquals(first.read(), []);
  second.type("gordon\n");
  assertEquals(second.read()[3], "*** Welcome, gordon! You are user 2.");
  assertEquals(first.read(), ["*** gordon (user 2) has joined."]);
  assertEquals(chat.room.user(2), {
    id: 2,
    address: "192.0.2.2:50002",
    enteredAt: chat.now,
    nickname: "gordon",
  });

  first.type("one line\nand another\n");
  assertEquals(second.read(), ["gopher: one line", "gopher: and another"]);

  second.leave("closed");
  assertEquals(first.read(), ["*** gordon (user 2) has left."]);

  const third = chat.enter("gordon");
  assertEquals(third.id, 3);
  third.leave("lost");
  assertEquals(first.read(), [
    "*** gordon (user 3) has left: connection lost.",
  ]);
});

Deno.test("The commands with a slash do what their older forms do", () => {
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

Deno.test("A user whose packets are cut anywhere is understood all the same", () => {
  const bytes = new TextEncoder().encode("李雷\r\n你好，🌍\r\n/me 走\r\n");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const chat = new TextChat();
    const reader = chat.enter("reader");
    const user = chat.connect("192.0.2.1:50001");
    user.send(bytes.subarray(0, cut));
    user.send(bytes.subarray(cut));
    assertEquals(reader.read(), [
      "*** 李雷 (user 2) has joined.",
      "李雷: 你好，🌍",
      "* 李雷 走",
    ]);
  }
});

Deno.test("A line that is no UTF-8 or too long gets a notice, and nobody else hears of it", () => {
  const chat = new TextChat();
  const alice = chat.enter("alice");
  const bob = chat.enter("bob");

  alice.send(Uint8Array.of(0xc3, 0x28, 10));
  assertEquals(alice.read(), [
    "*** The line is not valid UTF-8, and was not sent.",
  ]);
  alice.type(`${"x".repeat(4097)}\nshort\n`);
  assertEquals(alice.read(), [
    "*** The line is too long, and was not sent.",
  ]);
  assertEquals(bob.read(), ["alice: short"]);
});
