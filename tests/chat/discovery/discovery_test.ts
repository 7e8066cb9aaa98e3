import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DATAGRAM_SIZE,
  decodeAnswer,
  decodeQuery,
  encodeAnswer,
  encodeQuery,
} from "../../../chat/discovery/_discovery_datagram.ts";
import { ReplyBudget } from "../../../chat/discovery/_reply_budget.ts";
import {
  announceChat,
  type AnnounceChatOptions,
  type ChatAnnouncement,
} from "../../../chat/discovery/announce_chat.ts";
import { discoverChats } from "../../../chat/discovery/discover_chats.ts";
import { listenUdp } from "../../../udp/listen_udp.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const LOOPBACK = "127.0.0.1";

const ANSWER = {
  nonce: NONCE,
  instance: "6d0cbd2f-6f0c-4f5b-9c54-1f3f1a0e6b52",
  name: "The Kitchen",
  tcpPort: 2020,
  httpPort: undefined,
  tls: false,
  online: 3,
} as const;

const hasMulticast = await canMulticast();

async function canMulticast(): Promise<boolean> {
  try {
    using conn = await listenUdp("127.0.0.1:0");
    await conn.writeToString("239.255.20.20:9", "probe");
    return true;
  } catch {
    return false;
  }
}

function announce(
  options: Partial<AnnounceChatOptions> = {},
): Promise<ChatAnnouncement> {
  return announceChat({
    tcpPort: 2020,
    online: () => 3,
    interface: LOOPBACK,
    port: 0,
    ...options,
  });
}

async function end(...announcements: ChatAnnouncement[]): Promise<void> {
  for (const announcement of announcements) announcement.close();
  await Promise.all(announcements.map(({ finished }) => finished));
}

/** Changes members of a datagram. */
function changed(data: Uint8Array, members: object): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(data));
  return new TextEncoder().encode(JSON.stringify({ ...fields, ...members }));
}

Deno.test("a query has the length that it has to have, and no other is read", () => {
  const query = encodeQuery(NONCE);
  assertEquals(query.length, DATAGRAM_SIZE);
  assertEquals(decodeQuery(query), NONCE);
  assertEquals(decodeQuery(query.subarray(0, -1)), undefined);
  assertEquals(decodeQuery(new Uint8Array(DATAGRAM_SIZE)), undefined);
  assertEquals(decodeQuery(changed(query, { "vnet-chat": 2 })), undefined);
  assertEquals(decodeQuery(changed(query, { type: "here" })), undefined);
  assertEquals(
    decodeQuery(changed(query, { nonce: "x".repeat(32) })),
    undefined,
  );
});

Deno.test("an answer is never longer than a query", () => {
  const name = '\\"😀'.repeat(40);
  const answer = encodeAnswer({
    ...ANSWER,
    name,
    httpPort: 65535,
    online: 1e9,
  });
  assert(answer.length <= DATAGRAM_SIZE);
  assertEquals(decodeAnswer(answer)?.name, '\\"😀'.repeat(40).slice(0, 85));
});

Deno.test("an answer is read back, and any other member refuses it", () => {
  const data = encodeAnswer(ANSWER);
  assertEquals(decodeAnswer(data), ANSWER);
  for (
    const members of [
      ...[{ "vnet-chat": "1" }, { type: "query" }, { nonce: 1 }],
      ...[{ instance: "x" }, { name: 7 }, { tcp: 0 }, { tcp: 70_000 }],
      ...[{ tcp: "2020" }, { tcp: undefined }, { http: 1.5 }, { tls: 1 }],
      ...[{ online: -1 }, { online: null }, { name: "x".repeat(600) }],
    ]
  ) assertEquals(decodeAnswer(changed(data, members)), undefined);
  const evil = changed(data, { name: "\x1b[2JThe\nKitchen\u202e" });
  assertEquals(decodeAnswer(evil)?.name, "The Kitchen");
  assertEquals(decodeAnswer(new TextEncoder().encode("[]")), undefined);
  assertEquals(decodeAnswer(Uint8Array.of(0xff)), undefined);
});

Deno.test("ReplyBudget gives so many at once, and so many a second", () => {
  const budget = new ReplyBudget(3, 2, 0);
  const taken = (now: number) => [1, 2, 3, 4].map(() => budget.take(now));
  assertEquals(taken(0), [true, true, true, false]);
  assertEquals(taken(400), [false, false, false, false]);
  assertEquals(taken(500), [true, false, false, false]);
  assertEquals(taken(100), [false, false, false, false]);
  assertEquals(taken(60_000), [true, true, true, false]);
});

Deno.test({
  name: "discoverChats() finds each server once, with what it tells",
  ignore: !hasMulticast,
  async fn() {
    const kitchen = await announce({ name: "The Kitchen", httpPort: 2021 });
    const { port } = kitchen;
    const other = await announce({ tls: true, online: () => 0, port });
    const found = await Array.fromAsync(
      discoverChats({ interface: LOOPBACK, port, timeout: 200 }),
    );
    await end(kitchen, other);
    found.sort((a, b) => b.online - a.online);
    assertEquals(found, [{
      instance: kitchen.instance,
      name: "The Kitchen",
      hostname: LOOPBACK,
      online: 3,
      addresses: ["ws://127.0.0.1:2021", "127.0.0.1:2020"],
    }, {
      instance: other.instance,
      name: undefined,
      hostname: LOOPBACK,
      online: 0,
      addresses: ["tls://127.0.0.1:2020"],
    }]);
  },
});

Deno.test({
  name: "discoverChats() passes over what is no answer to its own query",
  ignore: !hasMulticast,
  async fn() {
    using liar = await listenUdp("0.0.0.0:0");
    await liar.joinMulticast("239.255.20.20", { interface: LOOPBACK });
    const { port } = liar.addr;
    const lying = (async () => {
      const { data, addr } = await liar.receive();
      const nonce = decodeQuery(data) ?? "";
      await liar.writeTo(addr, encodeAnswer(ANSWER));
      await liar.writeTo(addr, new TextEncoder().encode("{}"));
      await liar.writeTo(addr, new Uint8Array(1000));
      const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
      for (const instance of [one, one, two]) {
        await liar.writeTo(addr, encodeAnswer({ ...ANSWER, nonce, instance }));
      }
      return [one, two];
    })();
    const found: string[] = [];
    for await (
      const { instance } of discoverChats({ interface: LOOPBACK, port })
    ) if (found.push(instance) === 2) break;
    assertEquals(found, await lying);
  },
});

Deno.test("announceChat() answers queries, each with no more than it got", async () => {
  const announcement = await announce();
  using client = await listenUdp("127.0.0.1:0");
  const to = `127.0.0.1:${announcement.port}`;
  await client.writeToString(to, "hello");
  await client.writeTo(to, encodeQuery(NONCE).subarray(0, 100));
  await client.writeTo(to, encodeQuery(NONCE));
  const { data } = await client.receive();
  assertEquals(decodeAnswer(data), {
    ...ANSWER,
    instance: announcement.instance,
    name: undefined,
  });
  assert(data.length <= DATAGRAM_SIZE);
  await end(announcement, announcement);
});

Deno.test("announceChat() goes on after an error, and ends with its signal", async () => {
  const controller = new AbortController();
  const errors: unknown[] = [];
  let isBroken = true;
  const announcement = await announce({
    signal: controller.signal,
    onError: (error) => errors.push(error),
    online: () => {
      if (!isBroken) return 1;
      isBroken = false;
      throw new RangeError("Broken by the test");
    },
  });
  using client = await listenUdp("127.0.0.1:0");
  const to = `127.0.0.1:${announcement.port}`;
  await client.writeTo(to, encodeQuery(NONCE));
  await client.writeTo(to, encodeQuery(NONCE));
  assertEquals(decodeAnswer((await client.receive()).data)?.online, 1);
  assertEquals(errors.length, 1);
  controller.abort();
  await announcement.finished;
});

Deno.test("announceChat() and discoverChats() refuse what they can't do", async () => {
  await assertRejects(() => announce({ tcpPort: undefined }), TypeError);
  await assertRejects(() => announce({ tcpPort: 0 }), RangeError);
  await assertRejects(() => announce({ httpPort: 70_000 }), RangeError);
  await assertRejects(() => announce({ group: "192.0.2.1" }), RangeError);
  const signal = AbortSignal.abort(new RangeError("Stopped by the test"));
  await assertRejects(
    () => Array.fromAsync(discoverChats({ signal })),
    RangeError,
    "Stopped",
  );
  await assertRejects(
    () => Array.fromAsync(discoverChats({ timeout: -1 })),
    RangeError,
  );
});
