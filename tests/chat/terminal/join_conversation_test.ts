import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { COMMAND_NAMES } from "../../../chat/room/text/_commands.ts";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JoinConversation } from "../../../chat/terminal/_join_conversation.ts";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { SocketUser } from "../_socket_user.ts";
import { needsFiles, withPath } from "../store/_store_kit.ts";
import { PLAIN } from "../../../chat/terminal/_palette.ts";

Deno.test("JoinConversation switches to a room in any spelling of its name", async () => {
  await using server = serveChat({ tcp: { port: 0 } });
  const address = `127.0.0.1:${server.tcpAddr.port}`;
  const rooms = ["cats", "dogs"];
  await using client = new ChatClient(address, { nickname: "alice", rooms });
  await client.connect();
  const complaints: string[] = [];
  const conversation = new JoinConversation(client, {
    palette: PLAIN,
    print: () => {},
    complain: (lines) => complaints.push(...lines),
  }, ENGLISH);
  for (const typed of ["CATS", "#Dogs", "\uff2cobby"]) {
    assertEquals(await conversation.run(`/room ${typed}`), true, typed);
  }
  assertEquals(conversation.room, "lobby");
  assertEquals(await conversation.run("/room mice"), false);
  assertEquals(complaints, ["! You are not in mice."]);
});

Deno.test("JoinConversation changes the last message, and deletes it", async () => {
  await using server = serveChat({ tcp: { port: 0 } });
  const address = `127.0.0.1:${server.tcpAddr.port}`;
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await using client = new ChatClient(address, {
    nickname: "alice",
    rate: 100,
  });
  await client.connect();
  const complaints: string[] = [];
  const conversation = new JoinConversation(client, {
    palette: PLAIN,
    print: () => {},
    complain: (lines) => complaints.push(...lines),
  }, ENGLISH);
  assertEquals(await conversation.run("/edit x"), false);
  assertEquals(complaints, [
    "! You have said nothing here that could be changed.",
  ]);
  await conversation.run("a mistke");
  assertEquals(await conversation.run("/edit a mistake"), true);
  assertEquals(await conversation.run("/ignore bob"), true);
  assertEquals(await conversation.run("/delete"), true);
  assertEquals(await conversation.run("/ignore nobody"), false);
  assertEquals(await bob.take(4), [
    "*** alice (user 2) has joined.",
    "alice: a mistke",
    "*** alice has changed a message: a mistake",
    "*** alice has deleted a message.",
  ]);
});

/** A client with its conversation, which takes the client's events. */
async function converse(
  server: ChatServer,
  nickname: string,
): Promise<Talk> {
  const address = `127.0.0.1:${server.tcpAddr.port}`;
  const client = new ChatClient(address, { nickname, rate: Infinity });
  const lines: string[] = [];
  const texts: string[] = [];
  const note = (more: readonly string[]) => {
    lines.push(...more.map((line) => line.replace(/^\d\d:\d\d /, "")));
    texts.push(...more);
  };
  const conversation = new JoinConversation(client, {
    palette: PLAIN,
    print: note,
    complain: note,
  }, ENGLISH);
  await client.connect();
  const listening = (async () => {
    for await (const event of client) conversation.take(event);
  })();
  return {
    client,
    lines,
    texts,
    run: async (line) => {
      await conversation.run(line);
    },
    async [Symbol.asyncDispose]() {
      await client.quit();
      await listening;
    },
  };
}

interface Talk extends AsyncDisposable {
  readonly client: ChatClient;
  /** What was shown and not waited for, without times. */
  readonly lines: string[];
  /** All that was shown. */
  readonly texts: string[];
  run(line: string): Promise<void>;
}

/** Waits until a line was shown, and forgets what is before. */
async function until({ lines }: Talk, text: string): Promise<string> {
  for (let turn = 0;; turn++) {
    const at = lines.findIndex((line) => line.includes(text));
    if (at !== -1) return lines.splice(0, at + 1).at(-1) ?? "";
    if (turn > 2000) throw new Error(`No line with ${text}: ${lines}`);
    await delay(5);
  }
}

Deno.test("JoinConversation shows edits, answers and deletions of others", async () => {
  await using server = serveChat({ tcp: { port: 0 }, burst: 1000, rate: 1000 });
  await using alice = await converse(server, "alice");
  await using bob = await converse(server, "bob");
  await alice.run("is it tea?");
  await alice.run("/edit is it green tea?");
  await until(bob, "alice: is it tea?");
  assertEquals(
    await until(bob, "changed"),
    "-- alice changed a message: is it green tea?",
  );
  await until(alice, "changed a message");
  await bob.run("/reply nobody yes");
  await until(bob, "! nobody has said nothing here lately.");
  await bob.run("/reply ALICE yes");
  assertEquals(
    await until(alice, "answers"),
    "-- bob answers alice: is it green tea?",
  );
  await until(alice, "bob: yes");
  await alice.run("/delete");
  assertEquals(await until(bob, "deleted"), "-- alice deleted a message");
  // There is nothing left that could be deleted.
  await alice.run("/delete");
  await until(alice, "! You have said nothing here");

  // Who comes later sees what became of the messages.
  await using carol = await converse(server, "carol");
  await until(carol, "alice: (deleted)");
  await until(carol, "-- bob answers an earlier message");
});

Deno.test("JoinConversation changes, answers and deletes private messages", async () => {
  await using server = serveChat({ tcp: { port: 0 }, burst: 1000, rate: 1000 });
  await using alice = await converse(server, "alice");
  await using bob = await converse(server, "bob");
  using eve = await SocketUser.enter(server.tcpAddr, "eve");
  await alice.run("good morning");
  await alice.run("/msg bob 5 o'clok");
  await alice.run("/edit 5 o'clock");
  await until(alice, "[private to bob] 5 o'clok");
  assertEquals(
    await until(alice, "changed"),
    "[private to bob] -- alice changed a message: 5 o'clock",
  );
  assertEquals(
    await until(bob, "changed"),
    "[private from alice] -- alice changed a message: 5 o'clock",
  );
  await bob.run("/reply alice fine");
  assertEquals(
    await until(alice, "answers"),
    "-- bob answers alice: 5 o'clock",
  );
  await until(alice, "[private from bob] fine");
  await bob.run("/delete");
  assertEquals(
    await until(alice, "deleted"),
    "[private from bob] -- bob deleted a message",
  );
  await alice.run("back in the room");
  await alice.run("/edit here again");
  assertEquals(await eve.take(3), [
    "alice: good morning",
    "alice: back in the room",
    "*** alice has changed a message: here again",
  ]);
});

Deno.test("JoinConversation carries out each command, and shows what came of it", async () => {
  await using server = serveChat({
    ...{ tcp: { port: 0 }, burst: 1000, rate: 1000 },
    operatorToken: "the token of it",
  });
  await using alice = await converse(server, "alice");
  await using bob = await converse(server, "bob");
  await alice.run("/join cats");
  await alice.run("/lock");
  await until(alice, "by invitation");
  await bob.run("/join cats");
  await until(bob, "! The room cats is by invitation only.");
  await alice.run("/invite bob");
  await until(bob, "-- alice invites you to cats: /join cats");
  await bob.run("/join cats");
  await until(bob, "2 people are in cats: ");
  await bob.run("/rooms");
  await until(bob, "-- cats: 2 people are there; by invitation only");
  await bob.run("/list lobby");
  await until(bob, "-- 2 people are in lobby: alice, bob");
  await bob.run("/unlock cats");
  await until(bob, "! ");
  await alice.run("/unlock");
  await until(alice, "open to everyone");

  await bob.run("/ignore alice");
  await until(bob, "alice");
  await alice.run("unheard");
  await bob.run("/unignore alice");
  await alice.run("heard");
  await until(bob, "alice: heard");
  assertEquals(bob.texts.filter((text) => text.includes("unheard")), []);

  await alice.run("/mute bob 5");
  await until(alice, "! Only operators can do that.");
  await alice.run("/invite");
  await until(alice, "! ");
  await alice.run("/operator the token of it");
  await until(alice, "-- You are an operator.");
  await alice.run("/mute bob 5 too loud");
  await until(bob, "too loud");
  await bob.run("LOUD");
  await until(bob, "! An operator has muted you");
  await alice.run("/mute bob 0");
  await bob.run("quiet");
  await until(alice, "bob: quiet");

  await alice.run("/search tea");
  await until(alice, "! This server keeps no messages");
  await alice.run("/link");
  await until(alice, "-- The secret for another device, for five minutes: ");
  await until(alice, "chat:join --link");
  await alice.run("/serch tea");
  await until(alice, "Did you mean /search?");
  await alice.run("/help");
  for (const command of COMMAND_NAMES) await until(alice, `  ${command}`);
  await until(alice, "/room");
});

Deno.test({
  name: "JoinConversation shows what a search has found",
  ...needsFiles,
  fn: () =>
    withPath(async (path) => {
      using store = await openSqliteStore(path);
      await using server = serveChat({
        ...{ tcp: { port: 0 }, burst: 1000, rate: 1000, store },
      });
      await using alice = await converse(server, "alice");
      await using bob = await converse(server, "bob");
      for (let n = 1; n <= 25; n++) await alice.run(`tea ${n}`);
      await alice.run("/msg bob private tea");
      await bob.run("/search tea");
      await until(bob, "-- There are older ones, too.");
      assertEquals(await until(bob, "#lobby "), "#lobby alice: tea 7");
      await until(bob, "#lobby alice: tea 25");
      await until(bob, "[private] alice to bob: private tea");
      await bob.run("/search coffee");
      await until(bob, "-- Nothing was found.");
    }),
});
