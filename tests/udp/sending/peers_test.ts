import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { makeUdpAddr, Peer, PeerBook } from "../../../udp/sending/_peers.ts";
import type { UdpAddress } from "@vnet/net/udp";

function makeBook(hostname: string): PeerBook {
  return new PeerBook(makeUdpAddr(hostname, 5000));
}

function find(book: PeerBook, address: UdpAddress): Peer {
  const found = book.find(address);
  assertInstanceOf(found, Peer);
  return found;
}

Deno.test("A peer book has one peer for all spellings of an address", () => {
  const book = makeBook("::1");
  const peer = find(book, "[2001:DB8::0:1]:9");

  assertEquals(peer.addr.hostname, "2001:db8::1");
  assertEquals(peer.key, "[2001:db8::1]:9");
  assert(Object.isFrozen(peer.addr));
  assertStrictEquals(find(book, "[2001:DB8::0:1]:9"), peer);
  assertStrictEquals(
    find(book, { hostname: "[2001:db8:0::1]", port: 9 }),
    peer,
  );
  assertStrictEquals(find(book, peer.addr), peer);
  assertStrictEquals(book.fromSystem({ ...peer.addr }), peer);
  assertNotStrictEquals(find(book, "[2001:db8::1]:10"), peer);
});

Deno.test("A peer book keeps so many peers and texts, and finds all others anew", () => {
  const book = makeBook("0.0.0.0");
  const texts = Array.from({ length: 3000 }, (_, i) => `127.0.0.1:${i + 1}`);
  for (let round = 0; round < 2; round++) {
    for (const [index, text] of texts.entries()) {
      const { addr } = find(book, text);
      assertEquals([addr.hostname, addr.port], ["127.0.0.1", index + 1]);
    }
  }
});

Deno.test("A peer book knows a thousand peers with ports side by side", () => {
  const book = makeBook("0.0.0.0");
  const ports = Array.from({ length: 500 }, (_, i) => 40_000 + i);
  const hosts = ["10.0.0.1", "10.0.0.3"];
  const findAll = () =>
    hosts.flatMap((hostname) =>
      ports.map((port) => book.fromSystem(makeUdpAddr(hostname, port)))
    );
  const before = findAll();
  for (const [index, peer] of findAll().entries()) {
    assertStrictEquals(peer, before[index]);
  }
});

Deno.test("A peer book brings addresses into the family of its socket", () => {
  assertEquals(makeBook("0.0.0.0").family, "ipv4");
  assertEquals(makeBook("::1").family, "ipv6");
  const dual = makeBook("::");
  assertEquals(dual.family, "any");

  const mapped = find(dual, "127.0.0.1:9");
  assertEquals(mapped.addr.hostname, "::ffff:127.0.0.1");
  assertEquals(mapped.maxPayload, 65_507);
  assertEquals(find(dual, "[::1]:9").maxPayload, 65_527);
  assertEquals(find(dual, ":9").addr.hostname, "::ffff:127.0.0.1");
  assertEquals(find(makeBook("::1"), ":9").addr.hostname, "::1");
  assertThrows(() => makeBook("::1").find("127.0.0.1:9"), TypeError);
  assertThrows(() => makeBook("127.0.0.1").find("[::1]:9"), TypeError);
});

Deno.test("A peer book leaves names to be looked up, and keeps what came of it", () => {
  const book = makeBook("0.0.0.0");
  const named = book.find("example.com:53");
  assertEquals(named, { hostname: "example.com", port: 53 });
  const peer = book.fromName(
    { hostname: "example.com", port: 53 },
    "192.0.2.1",
    "192.0.2.1",
  );

  assertStrictEquals(find(book, "example.com:53"), peer);
  assertStrictEquals(
    find(book, { hostname: "example.com", port: 53 }),
    peer,
  );
  assertStrictEquals(find(book, "192.0.2.1:53"), peer);
});

Deno.test("A peer by name is sent to by name, and known by its address", () => {
  const book = makeBook("0.0.0.0");
  const named = { hostname: "example.com", port: 53 };
  const known = book.fromName(named, "192.0.2.1", "example.com");
  assertEquals(known.addr.hostname, "192.0.2.1");
  assertEquals(known.target.hostname, "example.com");

  const unknown = book.fromName(named, undefined, "example.com");
  assertEquals(unknown.addr.hostname, "example.com");
  assertStrictEquals(find(book, "example.com:53"), unknown);
});

Deno.test("A peer book refuses what is no address", () => {
  const book = makeBook("0.0.0.0");
  for (const wrong of [5000, null, undefined, true] as never[]) {
    assertThrows(() => book.find(wrong), TypeError);
  }
  assertThrows(() => book.find("example.com"), SyntaxError);
  assertThrows(() => book.find({ hostname: "a", port: -1 }), RangeError);
  assertThrows(() => book.find({ hostname: 5 as never, port: 1 }), TypeError);
});
