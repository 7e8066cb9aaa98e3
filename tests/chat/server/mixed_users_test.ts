import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JsonUser } from "../_json_user.ts";
import { SocketUser } from "../_socket_user.ts";

const USERS = 200;
const LINES = 5;

/** Hears what others say, as "nickname: text", until so many were heard. */
async function hearLines(user: SocketUser, count: number): Promise<string[]> {
  const heard: string[] = [];
  for await (const line of user.conn.lines()) {
    if (!line.startsWith("***")) heard.push(line);
    if (heard.length === count) break;
  }
  return heard;
}

async function hearJson(
  user: JsonUser,
  count: number,
): Promise<{ heard: string[]; ids: number[] }> {
  const heard: string[] = [];
  const ids: number[] = [];
  while (heard.length < count) {
    const message = await user.until("said");
    heard.push(`${message["user"].nickname}: ${message["text"]}`);
    ids.push(message["id"]);
  }
  return { heard, ids };
}

Deno.test("200 users, half over TCP and half over WebSockets, all talk and get the same order", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    burst: Infinity,
  });
  using watcher = await JsonUser.enter(server.httpAddr, "watcher");
  const lines = await Promise.all(
    Array.from(
      { length: USERS / 2 },
      (_, n) => SocketUser.enter(server.tcpAddr, `tcp${n}`),
    ),
  );
  const jsons = await Promise.all(
    Array.from(
      { length: USERS / 2 },
      (_, n) => JsonUser.enter(server.httpAddr, `web${n}`),
    ),
  );
  assertEquals(server.stats.users, USERS + 1);

  const all = USERS * LINES;
  const listening = Promise.all(
    [
      hearJson(watcher, all),
      ...lines.map((user) => hearLines(user, all - LINES)),
      ...jsons.map(async (user) => (await hearJson(user, all - LINES)).heard),
    ] as const,
  );
  for (let n = 0; n < LINES; n++) {
    for (const [index, user] of jsons.entries()) {
      user.send({ type: "say", text: `${index} 第${n}` });
    }
    await Promise.all(
      lines.map((user, index) => user.type(`${index} 第${n}\n`)),
    );
  }
  const [{ heard: order, ids }, ...others] = await listening;

  assertEquals(new Set(order).size, all);
  assertEquals(ids, ids.toSorted((a, b) => a - b));
  const names = [
    ...lines.map((_, n) => `tcp${n}`),
    ...jsons.map((_, n) => `web${n}`),
  ];
  for (const [index, heard] of others.entries()) {
    const own = `${names[index]}: `;
    assertEquals(heard, order.filter((line) => !line.startsWith(own)));
    assertEquals(
      order.filter((line) => line.startsWith(own)),
      Array.from(
        { length: LINES },
        (_, n) => `${own}${index % (USERS / 2)} 第${n}`,
      ),
    );
  }
  assertEquals(server.stats.messages, { said: all });
  for (const user of [...lines, ...jsons]) user.close();
});

Deno.test("A WebSocket user who vanishes during a broadcast keeps it from nobody", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    burst: Infinity,
  });
  using speaker = await JsonUser.enter(server.httpAddr, "speaker");
  const users = await Promise.all(
    Array.from(
      { length: 20 },
      (_, n) => JsonUser.enter(server.httpAddr, `u${n}`),
    ),
  );
  using listener = await SocketUser.enter(server.tcpAddr, "listener");
  for (let n = 0; n < 50; n++) {
    speaker.send({ type: "say", text: `line ${n}` });
    if (n === 10) { for (const user of users.slice(0, 10)) user.close(); }
  }
  const expected = Array.from({ length: 50 }, (_, n) => `speaker: line ${n}`);
  assertEquals(await hearLines(listener, 50), expected);
  const heard = await Promise.all(
    users.slice(10).map((user) => hearJson(user, 50)),
  );
  for (const { heard: texts } of heard) assertEquals(texts, expected);
  for (const user of users) user.close();
});

Deno.test("Exactly one of two kinds of users who claim a nickname in the same tick has it", async () => {
  await using server = serveChat({ tcp: { port: 0 }, http: { port: 0 } });
  for (let round = 0; round < 10; round++) {
    using tcp = await SocketUser.connect(server.tcpAddr);
    using web = await JsonUser.connect(server.httpAddr);
    await tcp.take(3);
    const name = `name${round}`;
    web.send({ type: "hello", version: 1, nickname: name, ref: "h" });
    await tcp.type(`${name.toUpperCase()}\n`);
    const line = await tcp.next();
    let answer = await web.next();
    while (answer?.type === "greeting") answer = await web.next();
    const winners = [
      line?.includes("Welcome"),
      answer?.type === "welcome",
    ].filter((isIn) => isIn);
    assertEquals(winners.length, 1, `${line} ${answer?.type}`);
  }
});

Deno.test("1,000 joins and leaves over WebSockets leave nothing behind", async () => {
  await using server = serveChat({ http: { port: 0 } });
  for (let round = 0; round < 10; round++) {
    const users = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const user = await JsonUser.connect(server.httpAddr);
        user.send({ type: "hello", version: 1, nickname: `r${round}n${n}` });
        await user.until("welcome");
        user.send({ type: "quit" });
        return user;
      }),
    );
    await Promise.all(users.map((user) => user.rest()));
    for (const user of users) user.close();
  }
  while (server.connectionCount > 0) {
    await delay(0);
  }
  assertEquals(server.room.connected, 0);
  assertEquals(server.stats.left, { quit: 1000 });
  assertEquals(server.stats.queuedBytes, 0);
});
