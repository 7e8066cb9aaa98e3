import { assertEquals, assertThrows } from "@std/assert";
import { IpSet, isInBlock } from "../../../internal/address/cidr.ts";

function has(entry: string, address: string): boolean {
  return new IpSet([entry], "from").has(address);
}

Deno.test("IpSet has single addresses, in every spelling", () => {
  const set = new IpSet(["192.0.2.1", "2001:db8::1"], "from");
  for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"]) {
    assertEquals(set.has(address), true, address);
  }
  for (
    const address of ["2001:db8::1", "2001:DB8:0::0:1", "2001:db8::1%eth0"]
  ) {
    assertEquals(set.has(address), true, address);
  }
  for (const address of ["192.0.2.2", "2001:db8::2", "::192.0.2.1", "", "a"]) {
    assertEquals(set.has(address), false, address);
  }
  assertEquals(set.has("192.0.2.1"), true);
});

const BLOCKS: [entry: string, inside: string[], outside: string[]][] = [
  ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]],
  ["172.16.0.0/12", ["172.16.0.0", "172.31.9.9"], [
    "172.15.255.255",
    "172.32.0.0",
  ]],
  ["192.0.2.4/31", ["192.0.2.4", "192.0.2.5"], ["192.0.2.3", "192.0.2.6"]],
  ["192.0.2.1/32", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]],
  ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255", "::ffff:1.2.3.4"], [
    "::",
    "::1",
  ]],
  ["2001:db8::/33", ["2001:db8::", "2001:db8:7fff::1"], ["2001:db8:8000::"]],
  ["fe80::/10", ["fe80::1%eth0", "febf::1"], ["fec0::1", "fe7f::1"]],
  ["::/0", ["::", "ffff::"], ["1.2.3.4", "::ffff:1.2.3.4"]],
  ["::1/128", ["::1"], ["::2", "127.0.0.1"]],
  ["::ffff:10.0.0.0/104", ["10.1.2.3", "::ffff:10.1.2.3"], ["11.0.0.0"]],
  ["::ffff:0:0/96", ["10.1.2.3"], ["::1"]],
];

for (const [entry, inside, outside] of BLOCKS) {
  Deno.test(`IpSet has the addresses of ${entry} and no others`, () => {
    for (const address of inside) {
      assertEquals(has(entry, address), true, address);
    }
    for (const address of outside) {
      assertEquals(has(entry, address), false, address);
    }
  });
}

const REFUSED: [entry: string, message: string][] = [
  ["", 'expected an address or a block such as "10.0.0.0/8"'],
  ["localhost", "expected an address or a block"],
  ["10.0.0", "expected an address or a block"],
  ["10.0.0.0/", "expected an address or a block"],
  ["10.0.0.0/08", "expected an address or a block"],
  ["10.0.0.0/-1", "expected an address or a block"],
  ["10.0.0.0/8/8", "expected an address or a block"],
  ["10.0.0.0/255.0.0.0", "expected an address or a block"],
  [" 10.0.0.1", "expected an address or a block"],
  ["010.0.0.1", "expected an address or a block"],
  ["fe80::1%eth0", "expected an address or a block"],
  ["[::1]", "expected an address or a block"],
  ["10.0.0.0/33", "expected a prefix of at most 32 bits"],
  ["::/129", "expected a prefix of at most 128 bits"],
  ["10.0.0.5/8", 'expected "10.0.0.0/8", or "10.0.0.5" alone'],
  ["2001:db8::1/32", 'expected "2001:db8::/32", or "2001:db8::1" alone'],
  ["::ffff:10.0.0.0/90", 'expected "::ffc0:0:0/90", or'],
];

for (const [entry, message] of REFUSED) {
  Deno.test(`IpSet refuses "${entry}"`, () => {
    const error = assertThrows(
      () => new IpSet(["::1", entry], "from"),
      SyntaxError,
    );
    assertEquals(
      error.message.startsWith(`Cannot use "${entry}" in from: ${message}`),
      true,
      error.message,
    );
  });
}

Deno.test("isInBlock() ignores bits behind the prefix, and what is no block", () => {
  assertEquals(isInBlock("10.1.2.3", "10.9.9.9/8"), true);
  assertEquals(isInBlock("::ffff:10.1.2.3", "10.0.0.0/8"), true);
  assertEquals(isInBlock("11.1.2.3", "10.0.0.0/8"), false);
  assertEquals(isInBlock("2001:db8::1", "2001:db8::ffff/112"), true);
  assertEquals(isInBlock("192.0.2.1", "::ffff:192.0.2.9/120"), true);
  assertEquals(isInBlock("192.0.2.1", "192.0.2.1"), true);
  const others = ["", "a.test", "10.0.0.0/33", "10.0.0.0/", "10/8", "a.test/8"];
  for (const other of others) {
    assertEquals(isInBlock("10.0.0.0", other), false, other);
    assertEquals(isInBlock("a.test", other), false, other);
  }
});
