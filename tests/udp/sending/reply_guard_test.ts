import { assert, assertEquals, assertRejects } from "@std/assert";
import { dialUdp, listenUdp, ReplyRefusedError } from "@vnet/net/udp";
import { makeUdpAddr } from "../../../udp/_addresses.ts";
import { Peer } from "../../../udp/sending/_peers.ts";
import { ReplyGuard } from "../../../udp/sending/_reply_guard.ts";
import { text } from "../support/_support.ts";

function peer(hostname: string, port: number): Peer {
  return new Peer(makeUdpAddr(hostname, port));
}

/** Sends a reply if the guard allows it, and returns why not. */
function reply(guard: ReplyGuard, to: Peer, length: number) {
  const refusal = guard.check(to, length);
  if (refusal === undefined) guard.charge(to, length);
  return refusal;
}

Deno.test("A reply guard allows a multiple of the received bytes, and counts replies", () => {
  const guard = new ReplyGuard(2.5);
  const one = peer("192.0.2.1", 5000);
  guard.onReceived(one.key, 5);
  assertEquals(reply(guard, one, 13)?.allowedBytes, 12);
  assertEquals(reply(guard, one, 10), undefined);
  assertEquals(reply(guard, one, 2), undefined);
  assertEquals(reply(guard, one, 1)?.allowedBytes, 0);
  guard.onReceived(one.key, 5);
  assertEquals(reply(guard, one, 13), undefined);

  assertEquals(reply(guard, peer("192.0.2.1", 5001), 1)?.allowedBytes, 0);
  assertEquals(guard.refused, 3);
});

Deno.test("A reply guard refuses ports that answer by themselves, and groups", () => {
  const guard = new ReplyGuard(1000);
  for (
    const forbidden of [
      peer("192.0.2.1", 0),
      peer("192.0.2.1", 7),
      peer("192.0.2.1", 19),
      peer("192.0.2.1", 53),
      peer("224.0.0.1", 5000),
      peer("239.255.255.255", 5000),
      peer("255.255.255.255", 5000),
      peer("::ffff:239.1.2.3", 5000),
      peer("::ffff:255.255.255.255", 5000),
      peer("ff02::1", 5000),
    ]
  ) {
    guard.onReceived(forbidden.key, 100);
    const refusal = guard.check(forbidden, 1);
    assert(refusal?.message.includes("allows no replies to"), forbidden.key);
    assertEquals(refusal?.allowedBytes, 0);
  }
});

Deno.test("A reply guard remembers the 10,000 heard last", () => {
  const guard = new ReplyGuard(1);
  const first = peer("192.0.2.1", 1000);
  const second = peer("192.0.2.2", 1000);
  guard.onReceived(first.key, 10);
  guard.onReceived(second.key, 10);
  guard.onReceived(first.key, 10);
  for (let index = 0; index < 9999; index++) {
    guard.onReceived(`198.51.100.1:${1000 + index}`, 10);
  }

  assertEquals(guard.check(first, 20), undefined);
  assertEquals(guard.check(second, 1)?.allowedBytes, 0);
});

Deno.test("maxReplyRatio rejects a longer reply with its data on the error", async () => {
  using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 3 });
  using client = await dialUdp(server.addr);
  await client.writeString("1234");
  const { addr } = await server.receive();

  const error = await assertRejects(
    () => server.writeTo(addr, new Uint8Array(13)),
    ReplyRefusedError,
    "maxReplyRatio allows 12 bytes more",
  );
  assertEquals(error.addr, client.addr);
  assertEquals(error.allowedBytes, 12);
  assertEquals(error.name, "ReplyRefusedError");
  await server.writeTo(addr, new Uint8Array(12));
  await assertRejects(
    () => server.writeTo("127.0.0.1:53", new Uint8Array(1)),
    ReplyRefusedError,
    "ports 0, 7, 19 and 53",
  );
  assertEquals(server.stats.refused, 2);
  assertEquals((await client.receive()).data.length, 12);
});

Deno.test("An echo under maxReplyRatio goes on after what it may not answer", async () => {
  using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 1 });
  const doubling = new TransformStream({
    transform({ data, addr }, controller) {
      const word = text(data);
      controller.enqueue({
        data: new TextEncoder().encode(word === "echo" ? word : word + word),
        addr,
      });
    },
  });
  const serving = server.readable.pipeThrough(doubling).pipeTo(server.writable);
  using client = await dialUdp(server.addr);
  await client.writeString("double");
  await client.writeString("echo");

  assertEquals(text((await client.receive()).data), "echo");
  assertEquals(server.stats.refused, 1);
  server.close();
  await serving;
});

Deno.test("A call that is refused for its limits uses nothing of maxReplyRatio", async () => {
  using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 1 });
  using sessions = server.sessions();
  using client = await dialUdp(server.addr);
  await client.writeString("1234");
  const session = await sessions.accept();
  const data = new Uint8Array(4);
  const signal = AbortSignal.abort(new RangeError("Aborted by the test"));

  await assertRejects(() => session.write(data, { signal }), RangeError);
  await assertRejects(
    () => server.writeTo(client.addr, data, { signal }),
    RangeError,
  );
  await assertRejects(
    () => server.writeTo(client.addr, data, { deadline: new Date(0) }),
    DOMException,
  );

  assertEquals(await session.write(data), 4);
  await assertRejects(() => session.write(data), ReplyRefusedError);
});

Deno.test("A call that gives up during the look-up uses nothing of maxReplyRatio", async () => {
  using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 1 });
  using client = await dialUdp(server.addr);
  await client.writeString("1234");
  await server.receive();
  const data = new Uint8Array(4);
  const named = { hostname: "localhost", port: client.addr.port };
  const controller = new AbortController();
  const { signal } = controller;

  const givenUp = server.writeTo(named, data, { signal });
  // It is looked up once for both calls.
  const other = server.writeTo(named, data);
  controller.abort(new RangeError("Aborted by the test"));

  await assertRejects(() => givenUp, RangeError);
  assertEquals(await other, 4);
  assertEquals((await client.receive()).data.length, 4);
});
