import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async";
import { ChatRoom } from "../../../../chat/room/chat_room.ts";
import { SteadyTime } from "../../../../chat/room/moderation/_steady_time.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";
import { SocketUser } from "../../_socket_user.ts";

const HOUR = 3_600_000;

/** Sets the clock of the system back, and on again in the end. */
function setBack(by: number): Disposable {
  const { now } = Date;
  Date.now = () => now() - by;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

Deno.test("SteadyTime goes on with the clock, and stands still where that is set back", () => {
  const time = new SteadyTime();
  assertEquals(time.at(HOUR), HOUR);
  assertEquals(time.at(HOUR + 10), HOUR + 10);
  assertEquals(time.at(5), HOUR + 10);
  assertEquals(time.at(25), HOUR + 30);
});

Deno.test("ChatRoom does not delay a user for hours when the clock is set back", () => {
  const room = new ChatRoom({ flood: { burst: 1, perSecond: 1 } });
  const { id } = room.join("192.0.2.1:50000", HOUR);
  room.line(id, "alice", HOUR);
  room.line(id, "hello", HOUR);
  assertEquals(room.delay(id, HOUR), 2000);
  assertEquals(room.delay(id, 0), 2000);
  assertEquals(room.delay(id, 400), 1600);
});

Deno.test("ChatRoom ends sessions and bans in time when the clock is set back", () => {
  const room = new ChatRoom({
    operatorToken: "open sesame",
    sessionTimeout: 60_000,
  });
  const boss = room.join("192.0.2.1:1", HOUR).id;
  room.line(boss, "boss", HOUR);
  room.line(boss, "/operator open sesame", HOUR);
  const alice = room.join("192.0.2.2:1", HOUR, { expectHello: true }).id;
  const hello = { type: "hello", version: 1, nickname: "alice" } as const;
  room.command(alice, hello, HOUR);
  const troll = room.join("192.0.2.3:1", HOUR, { addressKey: "k" }).id;
  room.line(troll, "troll", HOUR);
  room.line(boss, "/ban troll 1", HOUR);
  room.leave(alice, "lost", HOUR);
  assertEquals(room.bannedUntil("k", HOUR), HOUR + 60_000);

  room.tick(0);
  assertEquals(room.bannedUntil("k", 0), 60_000);
  const taken = room.join("192.0.2.4:1", 1).id;
  assertMatch(JSON.stringify(room.line(taken, "alice", 1)), /nickname-taken/);
  room.tick(60_000);
  assertEquals(room.bannedUntil("k", 60_000), undefined);
  const free = room.line(taken, "alice", 60_001);
  assert(free.some(({ message }) => message.type === "welcome"));
});

Deno.test("A chat cuts in time who does not read the page, though the clock is set back", async () => {
  await using server = serveChat({ http: { port: 0 }, requestTimeout: 100 });
  const { port } = server.httpAddr;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    // The answer is not read, and this side does not end.
    const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    await conn.write(new TextEncoder().encode(request));
    while (server.stats.accepted === 0) {
      await delay(0);
    }
    using _clock = setBack(HOUR);
    while (server.connectionCount > 0) {
      await delay(10);
    }
  } finally {
    conn.close();
  }
});

Deno.test("A chat cuts in time who sends no request and who chooses no nickname, though the clock is set back", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    requestTimeout: 50,
    nicknameTimeout: 50,
  });
  using silent = await dialTcp(server.httpAddr);
  using nameless = await SocketUser.connect(server.tcpAddr);
  await nameless.next();
  using _clock = setBack(HOUR);
  await silent.read(new Uint8Array(1)).catch(() => null);
  assertMatch((await nameless.rest()).at(-1) ?? "", /nickname/);
});
