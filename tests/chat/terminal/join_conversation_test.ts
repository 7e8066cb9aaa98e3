import { assertEquals } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JoinConversation } from "../../../chat/terminal/_join_conversation.ts";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import { PLAIN } from "../../../chat/terminal/_terminal_text.ts";

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
