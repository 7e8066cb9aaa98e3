import { assert, assertEquals } from "@std/assert";
import {
  announce,
  type Announcement,
  AnswerBudget,
  BURST,
  decodeAnswer,
  decodeQuery,
  encodeAnswer,
  encodeQuery,
  find,
  joinGroup,
  RATE,
  SIZE,
} from "../../examples/chat_discovery.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import { canSendTo } from "../udp/support/_support.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const OTHER_NONCE = NONCE.replace("0", "1");
const LOOPBACK = "127.0.0.1";
const KITCHEN: Announcement = {
  name: "The Kitchen",
  port: 2021,
  instance: "6d0cbd2f-6f0c-4f5b-9c54-1f3f1a0e6b52",
};

const hasMulticast = await canSendTo("239.255.20.20", "127.0.0.1:0");

/** Changes members of a datagram. */
function changed(data: Uint8Array, members: object): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(data));
  return new TextEncoder().encode(JSON.stringify({ ...fields, ...members }));
}

Deno.test("chat_discovery: decodeQuery() accepts queries of the right length only", () => {
  const query = encodeQuery(NONCE);
  assertEquals(query.length, SIZE);
  assertEquals(decodeQuery(query), NONCE);
  assertEquals(decodeQuery(query.subarray(0, -1)), undefined);
  assertEquals(decodeQuery(new Uint8Array(SIZE)), undefined);
  assertEquals(decodeQuery(changed(query, { "vnet-chat": 2 })), undefined);
  assertEquals(
    decodeQuery(changed(query, { type: "here", pad: "" })),
    undefined,
  );
  assertEquals(
    decodeQuery(changed(query, { nonce: "x".repeat(32) })),
    undefined,
  );
});

Deno.test("chat_discovery: an answer is never longer than a query", () => {
  const name = '\\"😀'.repeat(40);
  const answer = encodeAnswer(NONCE, { ...KITCHEN, name, port: 65535 });
  assert(answer.length <= SIZE);
  assertEquals(
    decodeAnswer(answer, NONCE)?.name,
    [...name].slice(0, 64).join(""),
  );
});

Deno.test("chat_discovery: decodeAnswer() accepts valid answers to its own query only", () => {
  const data = encodeAnswer(NONCE, KITCHEN);
  assertEquals(decodeAnswer(data, NONCE), KITCHEN);
  assertEquals(decodeAnswer(data, OTHER_NONCE), undefined);
  for (
    const members of [
      ...[{ "vnet-chat": "1" }, { type: "query" }, { instance: "x" }],
      ...[{ name: 7 }, { http: 0 }, { http: 70_000 }, { http: "2021" }],
      ...[{ http: 1.5 }, { name: "x".repeat(600) }],
    ]
  ) assertEquals(decodeAnswer(changed(data, members), NONCE), undefined);
  const evil = changed(data, { name: "\x1b[2JThe Kitchen\u202e" });
  assertEquals(decodeAnswer(evil, NONCE)?.name, "[2JThe Kitchen");
  assertEquals(decodeAnswer(Uint8Array.of(0xff), NONCE), undefined);
});

Deno.test("chat_discovery: AnswerBudget allows 50 answers at once, and 20 a second", () => {
  const budget = new AnswerBudget(0);
  const taken = (now: number) => {
    let count = 0;
    while (budget.take(now)) count++;
    return count;
  };
  assertEquals(taken(0), BURST);
  assertEquals(taken(1), 0);
  assertEquals(taken(500), RATE / 2);
  assertEquals(taken(100), 0);
  assertEquals(taken(60_000), BURST);
});

Deno.test("chat_discovery: announce() answers queries only, each with no more bytes", async () => {
  using conn = await joinGroup(0, { interface: LOOPBACK });
  const announcing = announce(conn, KITCHEN);
  using client = await listenUdp("127.0.0.1:0");
  const to = `127.0.0.1:${conn.addr.port}`;
  await client.writeToString(to, "hello");
  await client.writeTo(to, encodeQuery(OTHER_NONCE).subarray(0, 100));
  await client.writeTo(to, encodeQuery(NONCE));
  const { data } = await client.receive({ timeout: 60_000 });
  assertEquals(decodeAnswer(data, NONCE), KITCHEN);
  assert(data.length <= SIZE);
  conn.close();
  await announcing;
});

Deno.test({
  name:
    "chat_discovery: find() yields each server once, and ignores other answers",
  ignore: !hasMulticast,
  async fn() {
    using liar = await joinGroup(0, { interface: LOOPBACK });
    const { port } = liar.addr;
    const lying = (async () => {
      const { data, addr } = await liar.receive();
      const nonce = decodeQuery(data) ?? "";
      // The socket sends no more bytes than it has got.
      await liar.writeTo(addr, encodeAnswer(NONCE, KITCHEN));
      await liar.writeTo(addr, encodeAnswer(nonce, KITCHEN));
      await liar.writeTo(addr, new TextEncoder().encode("{}"));
    })();
    const found = await Array.fromAsync(find(port, LOOPBACK));
    await lying;
    assertEquals(found, [{ ...KITCHEN, hostname: LOOPBACK }]);
  },
});
