import { assertEquals } from "@std/assert";
import {
  addressKey,
  isLoopback,
} from "../../../internal/address/address_key.ts";

Deno.test("addressKey() takes IPv4 as it is and IPv6 by its first 64 bits", () => {
  const cases = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["2001:db8:1:2::1", "20010db800010002/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "20010db800010002/64"],
    ["2001:DB8:1:3::1", "20010db800010003/64"],
    ["fe80::1%eth0", "fe80000000000000/64"],
    ["no address", "no address"],
    ["no:address", "no:address"],
  ] as const;
  for (const [hostname, key] of cases) assertEquals(addressKey(hostname), key);
});

Deno.test("isLoopback() knows this machine in all spellings", () => {
  const local = ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "0:0::1"];
  const others = ["128.0.0.1", "::2", "::", "1::1", "::ffff:10.0.0.1"];
  const names = ["127.evil.example", "127.0.0.1.evil.example", "127.1", ""];
  assertEquals(local.filter(isLoopback), local);
  assertEquals([...others, ...names].filter(isLoopback), []);
});
