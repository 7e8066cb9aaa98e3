// The requests of a ChatClient, over real sockets.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import type { ChatClientOptions } from "../../../chat/client/chat_client_options.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { needsFiles, withPath } from "../store/_store_kit.ts";
import { entered, GREETING, SYNC, welcome } from "./_server_messages.ts";

const TOKEN = "the token of it";

function serve(options: ChatServerOptions = {}): ChatServer {
  return serveChat({
    ...{ tcp: { port: 0 }, http: { port: 0 }, burst: 10_000, rate: 10_000 },
    ...{ operatorToken: TOKEN },
    ...options,
  });
}

/** Connects a client over a WebSocket. */
async function enter(
  { httpAddr }: ChatServer,
  nickname: string,
  options: ChatClientOptions = {},
): Promise<ChatClient> {
  const client = new ChatClient(`ws://127.0.0.1:${httpAddr.port}`, {
    ...{ nickname, rate: Infinity },
    ...options,
  });
  await client.connect();
  return client;
}

/** Waits for the next event of a type. */
async function next<T extends ChatClientEvent["type"]>(
  client: ChatClient,
  type: T,
): Promise<ChatClientEvent & { type: T }> {
  for await (const event of client) {
    if (event.type === type) return event as ChatClientEvent & { type: T };
  }
  throw new Error(`The client was closed before "${type}"`);
}

async function codeOf(request: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(request, ChatRequestError)).code;
}

Deno.test("ChatClient changes, deletes and answers messages", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice");
  await using bob = await enter(server, "bob");
  const { id = 0 } = await alice.say("a mistke");
  const edit = await alice.edit(id, "a mistake");
  assert((edit.id ?? 0) > id);
  for (const client of [alice, bob]) {
    const event = await next(client, "edited");
    assertEquals([event.id, event.target, event.text, event.room], [
      ...[edit.id, id, "a mistake", "lobby"],
    ]);
  }
  const answer = await bob.say("I see it", { replyTo: id, room: "lobby" });
  for (const client of [alice, bob]) {
    const event = await next(client, "said");
    assertEquals([event.id, event.replyTo], [answer.id, id]);
  }
  await alice.delete(id, "lobby");
  const deleted = await next(bob, "edited");
  assertEquals([deleted.target, deleted.text], [id, ""]);

  assertEquals(await codeOf(() => bob.edit(id, "mine")), "no-such-message");
  const own = () => alice.edit(answer.id ?? 0, "mine");
  assertEquals(await codeOf(own), "not-your-message");
  const { messages } = await bob.history("lobby");
  assertEquals(
    messages.map((record) => record.type === "said" && record.edited),
    [deleted.id, undefined],
  );
});

Deno.test("ChatClient changes, deletes and answers private messages", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice");
  await using bob = await enter(server, "bob");
  const { id = 0 } = await alice.msg("bob", "a secrt");
  const edit = await alice.edit(id, "a secret");
  for (const client of [alice, bob]) {
    const event = await next(client, "private-edited");
    assertEquals([event.id, event.target, event.text, event.to.nickname], [
      ...[edit.id, id, "a secret", "bob"],
    ]);
  }
  const answer = await bob.msg("alice", "I see", { replyTo: id });
  const event = await next(alice, "private");
  assertEquals([event.id, event.replyTo], [answer.id, id]);
  assertEquals(await codeOf(() => bob.edit(id, "mine")), "not-your-message");
  await alice.delete(id);
  const deleted = await next(bob, "private-edited");
  assertEquals([deleted.target, deleted.text], [id, ""]);
});

Deno.test("ChatClient ignores users, and takes them back", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice");
  await using bob = await enter(server, "bob");
  await alice.ignore("BOB");
  await bob.say("unheard");
  await alice.unignore("bob");
  await bob.say("heard");
  assertEquals((await next(alice, "said")).text, "heard");
  assertEquals(await codeOf(() => alice.ignore("nobody")), "no-such-user");
});

Deno.test("ChatClient locks rooms, invites, and opens them again", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice", { rooms: ["cats"] });
  await using bob = await enter(server, "bob");
  await alice.lock();
  assertEquals(await codeOf(() => bob.join("cats")), "room-locked");
  const [cats] = (await bob.listRooms()).filter(({ room }) => room === "cats");
  assertEquals(cats, { room: "cats", topic: "", online: 1, locked: true });
  assertEquals(await codeOf(() => bob.invite("bob", "cats")), "not-in-room");
  await alice.invite("bob");
  const event = await next(bob, "invited");
  assertEquals([event.user.nickname, event.room], ["alice", "cats"]);
  await bob.join("cats");
  assertEquals(await codeOf(() => bob.unlock("cats")), "owner-needed");
  await alice.unlock("cats");
  await using carol = await enter(server, "carol", { rooms: ["cats"] });
  assertEquals(carol.rooms, ["lobby", "cats"]);
});

Deno.test("ChatClient mutes as an operator, and ends that with 0", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice");
  await using bob = await enter(server, "bob");
  assertEquals(await codeOf(() => alice.mute("bob", 1)), "operator-needed");
  await alice.operator(TOKEN);
  await alice.mute("bob", 10, "too loud");
  assertEquals(await codeOf(() => bob.say("LOUD")), "muted");
  await alice.mute("bob", 0);
  await bob.say("quiet");
});

Deno.test({
  name: "ChatClient searches, and reads a history as far back as it is kept",
  ...needsFiles,
  fn: () =>
    withPath(async (path) => {
      using store = await openSqliteStore(path);
      await using server = serve({ store });
      await using alice = await enter(server, "alice", { burst: Infinity });
      await using bob = await enter(server, "bob");
      const texts = Array.from({ length: 230 }, (_, n) => `tea ${n}`);
      await Promise.all(texts.map((text) => alice.say(text)));
      await alice.msg("bob", "private tea");
      await alice.join("cats");
      await alice.say("tea with cats");

      const newest = await alice.history("lobby");
      assertEquals([newest.messages.length, newest.complete], [100, false]);
      const some = await alice.history("lobby", { limit: 150 });
      const textOf = (record: { readonly type: string }) =>
        "text" in record ? record.text : "";
      assertEquals(some.messages.map(textOf), texts.slice(-150));
      assertEquals(some.complete, false);
      const all = await alice.history("lobby", {
        ...{ limit: Infinity, before: some.messages[0]?.id ?? 0 },
        timeout: 60_000,
      });
      assertEquals([all.messages.map(textOf), all.complete], [
        ...[texts.slice(0, -150), true],
      ]);

      const found = await alice.search("tea", { limit: 150 });
      assertEquals([found.messages.length, found.complete], [150, false]);
      assertEquals(
        found.messages.slice(0, 3).map(({ type, text }) => [
          ...[type, text],
        ]),
        [
          ["said", "tea with cats"],
          ["private", "private tea"],
          ["said", "tea 229"],
        ],
      );
      const rest = await alice.search("tea", {
        ...{ room: "lobby", limit: Infinity },
        before: found.messages.at(-1)?.id ?? 0,
      });
      assertEquals([rest.messages.length, rest.complete], [82, true]);
      assertEquals(rest.messages.at(-1)?.text, "tea 0");
      const own = await bob.search("private");
      assertEquals(own.messages.map(({ to }) => to?.nickname), ["bob"]);
      assertEquals((await bob.search("cats")).messages, []);
    }),
});

Deno.test("search() of ChatClient rejects on a server that keeps nothing", async () => {
  await using server = serve();
  await using alice = await enter(server, "alice");
  assertEquals(await codeOf(() => alice.search("tea")), "no-search");
});

/** The users that a large room lists from a place on. */
function usersFrom(skip: number, count: number): object[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ id: skip + n + 1, nickname: `user${skip + n + 1}`, enteredAt: 0 },
  }));
}

async function tell(conn: TcpConn, ...messages: object[]): Promise<void> {
  for (const message of messages) {
    await conn.writeString(`${JSON.stringify(message)}\n`);
  }
}

Deno.test("users() of ChatClient reads all pages, and no more than it is asked for", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using client = new ChatClient(`127.0.0.1:${listener.addr.port}`, {
    ...{ nickname: "alice", rate: Infinity },
  });
  const connecting = client.connect();
  using conn = await listener.accept();
  for (let n = 0; n < 2; n++) await conn.readLine();
  const online = 2300;
  const large = entered("lobby", [], { users: usersFrom(0, 100), online });
  await tell(conn, GREETING, welcome(), large, SYNC);
  await tell(conn, { type: "online", room: "lobby", online: online + 1 });
  await connecting;
  assertEquals((await next(client, "online")).online, online + 1);

  /** Answers requests for a list, and returns what they have skipped. */
  const serve = async (count: number) => {
    const skipped: number[] = [];
    for (let n = 0; n < count; n++) {
      const { ref, skip = 0 } = JSON.parse(await conn.readLine() ?? "");
      skipped.push(skip);
      // Somebody has left between the pages: one user comes twice.
      const start = Math.max(0, skip - 1);
      const users = usersFrom(start, Math.min(1000, online - start));
      await tell(conn, { type: "users", ref, room: "lobby", users, online });
    }
    return skipped;
  };
  const [all, skipped] = await Promise.all([client.users(), serve(3)]);
  assertEquals(skipped, [0, 1000, 2000]);
  assertEquals(all.length, online);
  assertEquals(new Set(all.map(({ id }) => id)).size, online);
  const some = client.users("lobby", { limit: 1200, timeout: 60_000 });
  assertEquals(await serve(2), [0, 1000]);
  assertEquals((await some).length, 1200);
});
