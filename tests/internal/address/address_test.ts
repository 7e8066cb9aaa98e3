import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  checkPort,
  describeAddr,
  joinAddress,
  parseAddress,
  splitAddress,
  type TcpAddress,
  toNetAddr,
} from "../../../internal/address/address.ts";
import { formatIpv6 } from "../../../internal/address/ip.ts";

const good: [address: string, host: string, port: number][] = [
  ["localhost:80", "localhost", 80],
  ["example.com:443", "example.com", 443],
  ["127.0.0.1:0", "127.0.0.1", 0],
  ["127.0.0.1:65535", "127.0.0.1", 65535],
  [":2020", "", 2020],
  ["[::1]:80", "::1", 80],
  ["[::]:80", "::", 80],
  ["[fe80::1%eth0]:22", "fe80::1%eth0", 22],
  ["[::ffff:10.0.0.1]:22", "::ffff:10.0.0.1", 22],
  ["[2001:DB8::1]:22", "2001:DB8::1", 22],
  ["_service.example:1", "_service.example", 1],
  ["münchen.example:80", "münchen.example", 80],
  ["host.:00080", "host.", 80],
];

for (const [address, host, port] of good) {
  Deno.test(`splitAddress() splits "${address}"`, () => {
    assertEquals(splitAddress(address), [host, port]);
    assertEquals(parseAddress(address), { hostname: host, port });
  });
}

const bad: string[] = [
  "",
  ":",
  "localhost",
  "localhost:",
  "80",
  "::1",
  "::1:80",
  "[::1]",
  "[::1]80",
  "[::1]:",
  "[]:80",
  "[:80",
  "]:80",
  "[[::1]]:80",
  "[::1]]:80",
  "[::1%]:80",
  "[127.0.0.1]:80",
  "[localhost]:80",
  "[1::2::3]:80",
  "a[::1]:80",
  "a:b:80",
  "localhost:http",
  "localhost:+80",
  "localhost:-1",
  "localhost: 80",
  "localhost:80 ",
  "localhost:8_0",
  "localhost:0x50",
  "localhost:8e1",
  "localhost:80.0",
  "localhost:８０",
  "local host:80",
  " localhost:80",
  "localhost\n:80",
  "http://localhost:80",
  "//localhost:80",
  "user@localhost:80",
  "localhost:80/",
  "local\0host:80",
];

for (const address of bad) {
  Deno.test(`splitAddress() refuses ${JSON.stringify(address)}`, () => {
    const error = assertThrows(() => splitAddress(address), SyntaxError);
    assertStringIncludes(
      error.message,
      `Cannot parse address "${address}": expected `,
    );
  });
}

Deno.test("splitAddress() tells of a port that is too large", () => {
  for (const port of ["65536", "99999", "1".repeat(400)]) {
    assertThrows(() => splitAddress(`localhost:${port}`), RangeError);
  }
});

Deno.test("splitAddress() takes a long address in its stride", () => {
  for (const piece of ["a", ":", "[", "a:", "[:"]) {
    assertThrows(() => splitAddress(piece.repeat(100_000)), SyntaxError);
  }
});

Deno.test("joinAddress() puts what has a colon in brackets", () => {
  assertEquals(joinAddress("example.com", 80), "example.com:80");
  assertEquals(joinAddress("", 80), ":80");
  assertEquals(joinAddress("::1", 80), "[::1]:80");
  assertEquals(joinAddress("fe80::1%eth0", 0), "[fe80::1%eth0]:0");
});

Deno.test("joinAddress() refuses what is no port", () => {
  for (const port of [-1, 65536, 1.5, NaN, Infinity]) {
    assertThrows(() => joinAddress("localhost", port), RangeError, `${port}`);
  }
  assertThrows(() => joinAddress("localhost", "80" as never), TypeError);
});

/** Numbers from 0 to below `limit`, the same in every run (xorshift). */
function makeRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

Deno.test("splitAddress() and joinAddress() are each other's inverse", () => {
  const random = makeRandom(2020);
  const letters = "abcxyz0189-_.é";
  const name = () =>
    Array.from({ length: random(20) }, () => letters[random(letters.length)])
      .join("");
  const ipv4 = () => [1, 2, 3, 4].map(() => random(256)).join(".");
  const ipv6 = () =>
    Array.from(
      { length: 8 },
      () => random(3) === 0 ? random(0x10000).toString(16) : "0",
    ).join(":");
  const hosts = [name, ipv4, ipv6, () => formatIpv6(ipv6()), () => "::"];
  for (let round = 0; round < 5000; round++) {
    const host = hosts[random(hosts.length)]?.() ?? "";
    const port = random(65536);
    const address = joinAddress(host, port);
    assertEquals(splitAddress(address), [host, port]);
    const [again, samePort] = splitAddress(address);
    assertEquals(joinAddress(again, samePort), address);
  }
});

Deno.test("splitAddress() gives parts that join to the address, or refuses it", () => {
  const random = makeRandom(77);
  const pieces = ["[", "]", ":", "::", "1", "80", "a", "%", ".", "f", " ", "@"];
  let count = 0;
  for (let round = 0; round < 20_000; round++) {
    const address = Array.from(
      { length: 1 + random(7) },
      () => pieces[random(pieces.length)],
    ).join("");
    try {
      const [host, port] = splitAddress(address);
      assertEquals(splitAddress(joinAddress(host, port)), [host, port]);
      count++;
    } catch (error) {
      assert(error instanceof SyntaxError || error instanceof RangeError);
    }
  }
  assert(count > 50, `Only ${count} were good`);
});

Deno.test("parseAddress() takes every form", () => {
  const forms: [TcpAddress | number, string, number][] = [
    [80, "", 80],
    [0, "", 0],
    [{ port: 80 }, "", 80],
    [{ hostname: "", port: 80 }, "", 80],
    [{ hostname: "localhost", port: 80 }, "localhost", 80],
    [{ hostname: "::1", port: 80 }, "::1", 80],
    [{ hostname: "[::1]", port: 80 }, "::1", 80],
    [
      { transport: "tcp", hostname: "10.0.0.1", port: 1 } as TcpAddress,
      "10.0.0.1",
      1,
    ],
  ];
  for (const [address, hostname, port] of forms) {
    assertEquals(parseAddress(address), { hostname, port });
  }
});

Deno.test("parseAddress() refuses what is no address", () => {
  const types = [undefined, null, true, Symbol("x"), 80n, () => {}];
  for (const address of types) {
    assertThrows(() => parseAddress(address as never), TypeError);
  }
  assertThrows(() => parseAddress({} as never), TypeError);
  assertThrows(() => parseAddress([] as never), TypeError);
  assertThrows(() => parseAddress({ hostname: 4, port: 80 } as never));
  assertThrows(() => parseAddress({ hostname: null, port: 80 } as never));
  assertThrows(() => parseAddress(new Date() as never), TypeError);
  assertThrows(() => parseAddress(-1), RangeError);
  assertThrows(() => parseAddress({ port: 65536 }), RangeError);
});

Deno.test("checkPort() returns a port", () => {
  for (const port of [0, 1, 80, 65535]) assertEquals(checkPort(port), port);
});

Deno.test("toNetAddr() copies an address", () => {
  const addr = { hostname: "::1", port: 80 } as Deno.NetAddr;
  assertEquals(toNetAddr(addr), {
    transport: "tcp",
    hostname: "::1",
    port: 80,
  });
  assert(toNetAddr(addr) !== addr);
});

Deno.test("toNetAddr() refuses what is no address", () => {
  assertThrows(() => toNetAddr({} as Deno.NetAddr), TypeError, "port");
});

Deno.test("describeAddr() shows whatever an address has become", () => {
  const addr: Deno.NetAddr = { transport: "tcp", hostname: "::1", port: 80 };
  assertEquals(describeAddr(addr), "[::1]:80");
  assertEquals(describeAddr({} as Deno.NetAddr), "undefined:undefined");
});
