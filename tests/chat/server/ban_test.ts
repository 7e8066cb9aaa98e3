import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JsonUser } from "../_json_user.ts";
import { SocketUser } from "../_socket_user.ts";

Deno.test("An operator kicks, and bans an address: then nobody comes in from there by either side", async () => {
  const events: ChatServerEvent[] = [];
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    operatorToken: "open sesame",
    onEvent: (event) => events.push(event),
  });
  using boss = await JsonUser.enter(server.httpAddr, "boss");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  using carol = await JsonUser.enter(server.httpAddr, "carol");
  boss.send({ type: "kick", nickname: "bob", ref: "1" });
  assertEquals((await boss.until("error"))["code"], "operator-needed");
  boss.send({ type: "operator", token: "open sesame", ref: "2" });
  assertEquals((await boss.until("ack"))["ref"], "2");

  boss.send({ type: "kick", nickname: "bob", reason: "too loud" });
  assertMatch((await bob.rest()).at(-1) ?? "", /^\*\*\* Goodbye: .*too loud/);
  boss.send({ type: "ban", nickname: "carol", minutes: 5, ref: "3" });
  const goodbye = (await carol.rest()).at(-1);
  assertEquals([goodbye?.type, goodbye?.["reason"]], ["goodbye", "banned"]);
  await boss.until("ack");

  using dave = await SocketUser.connect(server.tcpAddr);
  assertMatch(await dave.next() ?? "", /^\*\*\* Goodbye: /);
  assertEquals(await dave.next(), null);
  await assertRejects(() => JsonUser.connect(server.httpAddr));
  assertEquals(server.stats.refused, { banned: 2 });
  assertEquals(
    events.flatMap(({ type }) => type === "kick" || type === "ban" ? type : []),
    ["kick", "ban"],
  );

  boss.send({ type: "notice", text: "we stop at midnight" });
  assertEquals((await boss.until("notice"))["text"], "we stop at midnight");
  server.notify("or earlier");
  assertEquals((await boss.until("notice"))["text"], "or earlier");
});
