import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { makeUdpAddr } from "../../../udp/_addresses.ts";
import { Peer, PeerBook } from "../../../udp/sending/_peers.ts";
import type { UdpAddress } from "@vnet/net/udp";

function makeBook(hostname: string): PeerBook {
  return new PeerBook(makeUdpAddr(hostname, 5000));
}

function find(book: PeerBook, address: UdpAddress): Peer {
  const found = book.find(address);
  assertInstanceOf(found, Peer);
  return found;
}

Deno.test("A peer has one address and one key for all spellings", () => {
  const book = makeBook("::1");
  const spellings: UdpAddress[] = [
    "[2001:DB8::0:1]:9",
    { hostname: "[2001:db8:0::1]", port: 9 },
    { hostname: "2001:db8::1", port: 9 },
  ];
  for (const spelling of spellings) {
    const { addr, key } = find(book, spelling);
    assertEquals([addr.hostname, addr.port], ["2001:db8::1", 9]);
    assertEquals(key, "[2001:db8::1]:9");
    assert(Object.isFrozen(addr));
  }
});

Deno.test("A peer book keeps so many names, and drops the oldest first", () => {
  const book = makeBook("0.0.0.0");
  const names = Array.from({ length: 1025 }, (_, index) => `a${index}.example`);
  for (const hostname of names) {
    book.fromName({ hostname, port: 53 }, "192.0.2.1", "192.0.2.1");
  }
  const [first, ...others] = names.map((name) => book.find(`${name}:53`));
  assertEquals(first, { hostname: "a0.example", port: 53 });
  for (const other of others) assertInstanceOf(other, Peer);
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

Deno.test("A peer book returns names that were not looked up, and keeps those that were", () => {
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
  assertEquals(find(book, "192.0.2.1:53").key, peer.key);
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

Deno.test("A peer book refuses values that are not addresses", () => {
  const book = makeBook("0.0.0.0");
  for (const wrong of [5000, null, undefined, true] as never[]) {
    assertThrows(() => book.find(wrong), TypeError);
  }
  assertThrows(() => book.find("example.com"), SyntaxError);
  assertThrows(() => book.find({ hostname: "a", port: -1 }), RangeError);
  assertThrows(() => book.find({ hostname: 5 as never, port: 1 }), TypeError);
});
