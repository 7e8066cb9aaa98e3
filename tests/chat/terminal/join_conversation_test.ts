import { assertEquals } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JoinConversation } from "../../../chat/terminal/_join_conversation.ts";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import { SocketUser } from "../_socket_user.ts";
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

Deno.test("JoinConversation changes the last message, and asks for what has no method", async () => {
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
