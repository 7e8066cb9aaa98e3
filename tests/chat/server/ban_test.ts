import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertRejects,
} from "@std/assert";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";
import { formatLogLine } from "../../../chat/server/monitoring/_log_line.ts";
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
  const acts = events.filter((event) => event.type === "operator");
  assertEquals(
    acts.map(({ nickname, act, target, minutes }) => [
      nickname,
      act,
      target?.nickname,
      minutes,
    ]),
    [
      ["boss", "login", undefined, undefined],
      ["boss", "kick", "bob", undefined],
      ["boss", "ban", "carol", 5],
    ],
  );

  boss.send({ type: "notice", text: "we stop at midnight" });
  assertEquals((await boss.until("notice"))["text"], "we stop at midnight");
  server.notify("or earlier");
  assertEquals((await boss.until("notice"))["text"], "or earlier");
});

Deno.test("A ban holds for connections that were opened before it, on both ports", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    operatorToken: "open sesame",
  });
  using spare = await SocketUser.connect(server.httpAddr);
  using half = await SocketUser.connect(server.httpAddr);
  await half.type("GET /chat HTTP/1.1\r\n");
  using asked = await SocketUser.connect(server.tcpAddr);
  await asked.take(3);
  using silent = await JsonUser.connect(server.httpAddr);
  await silent.until("greeting");
  using boss = await SocketUser.enter(server.tcpAddr, "boss");
  using _troll = await JsonUser.enter(server.httpAddr, "troll");
  await boss.type("/operator open sesame\n/ban troll 5\n");
  await boss.until(
    "*** Notice: troll and the address are banned for 5 minutes.",
  );

  await asked.type("alice\n");
  assertEquals((await asked.rest()).map(classify), ["banned"]);
  silent.send({ type: "hello", version: 1, nickname: "alice" });
  assertEquals((await silent.next())?.["reason"], "banned");
  const fields = [
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: vnet-chat.1",
  ].join("\r\n");
  await spare.type(`GET /chat HTTP/1.1\r\n${fields}\r\n\r\n`);
  await half.type(`${fields}\r\n\r\n`);
  for (const user of [spare, half]) {
    let answer = "";
    while (!answer.includes("banned")) {
      const buffer = new Uint8Array(4096);
      const length = await user.conn.read(buffer);
      assert(length !== null, answer);
      answer += new TextDecoder().decode(buffer.subarray(0, length));
    }
    assertMatch(answer, /^HTTP\/1\.1 403 /);
    assertEquals(/greeting|nickname-request/.test(answer), false);
  }
  assertEquals(server.stats.refused["banned"], 2);
  assertEquals(server.stats.users, 1);
});

function classify(line: string): string {
  return line.startsWith("*** Goodbye: ") && line.includes("banned")
    ? "banned"
    : line;
}

Deno.test("Wrong operators' tokens are logged with the address, and never the token", async () => {
  const events: ChatServerEvent[] = [];
  await using server = serveChat({
    tcp: { port: 0 },
    operatorToken: "open sesame",
    burst: Infinity,
    onEvent: (event) => events.push(event),
  });
  using mallory = await SocketUser.enter(server.tcpAddr, "mallory");
  await mallory.type("/operator my-guess\n".repeat(30));
  const answers = await mallory.take(30);
  const count = answers.filter((line) => line.includes("is wrong")).length;
  assert(count >= 5 && count < 30, `${count}`);
  const wrong = events.flatMap((event) =>
    event.type === "wrong-token" ? event : []
  );
  assertEquals(wrong.length, count);
  const { hostname, port } = mallory.conn.localAddr;
  assertObjectMatch(wrong[0], {
    id: 1,
    nickname: "mallory",
    address: `${hostname}:${port}`,
  });
  for (const addresses of [true, false]) {
    const line = formatLogLine(wrong[0], { addresses });
    assertMatch(line, /"level":"warn","event":"wrong-token"/);
    assertEquals(line.includes(hostname), addresses);
    assertEquals(/guess|sesame/.test(line), false);
  }
  assertEquals(server.stats.errors, {
    "wrong-token": count,
    "too-many-tokens": 30 - count,
  });
});
