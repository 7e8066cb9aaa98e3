import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { isIpv4, isIpv6 } from "../../../internal/address/ip.ts";
import { lookup } from "../../../internal/address/lookup.ts";

Deno.test("lookup() of a numeric address is the address", async () => {
  assertEquals(await lookup("127.0.0.1", "any"), ["127.0.0.1"]);
  assertEquals(await lookup("127.0.0.1", "ipv4"), ["127.0.0.1"]);
  assertEquals(await lookup("::1", "any"), ["::1"]);
  assertEquals(await lookup("::1", "ipv6"), ["::1"]);
  assertEquals(await lookup("fe80::1%eth0", "any"), ["fe80::1%eth0"]);
});

Deno.test("lookup() of an address of the other family is NotFound", async () => {
  await assertRejects(
    () => lookup("127.0.0.1", "ipv6"),
    Deno.errors.NotFound,
    'Cannot look up "127.0.0.1": it has no IPv6 address',
  );
  await assertRejects(
    () => lookup("::1", "ipv4"),
    Deno.errors.NotFound,
    'Cannot look up "::1": it has no IPv4 address',
  );
});

Deno.test("lookup() finds localhost, of each family that it has", async () => {
  const found = await lookup("localhost", "any");
  assert(found !== undefined && found.length > 0);
  assert(found.every((address) => isIpv4(address) || isIpv6(address)));
  assertEquals(new Set(found).size, found.length);
  const ipv4 = await lookup("localhost", "ipv4").catch(() => []);
  assert(ipv4?.every(isIpv4));
  const ipv6 = await lookup("localhost", "ipv6").catch(() => []);
  assert(ipv6?.every(isIpv6));
});

Deno.test("lookup() of a name without an address is NotFound, with the cause", async () => {
  // A label of 64 letters is refused without a look-up elsewhere.
  const name = `${"a".repeat(64)}.invalid`;
  const error = await assertRejects(
    () => lookup(name, "any"),
    Deno.errors.NotFound,
  );
  assertStringIncludes(error.message, `Cannot look up "${name}": `);
  assert(error.cause instanceof Error);
});

Deno.test({
  name: "lookup() without permission to the name is undefined",
  permissions: { net: ["127.0.0.1"] },
  fn: async () => {
    assertEquals(await lookup("localhost", "any"), undefined);
    assertEquals(await lookup("127.0.0.1", "any"), ["127.0.0.1"]);
  },
});

Deno.test({
  name: "lookup() with permission to one port of the name is undefined",
  permissions: { net: ["localhost:80"] },
  fn: async () => assertEquals(await lookup("localhost", "any"), undefined),
});
