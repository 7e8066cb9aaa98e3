import { assertEquals } from "@std/assert";
import {
  AddressCounts,
  type AddressLimits,
} from "../../../../chat/server/admission/_address_counts.ts";

const MINUTE = 60_000;

function make(options: Partial<AddressLimits> = {}): AddressCounts {
  return new AddressCounts({
    maxPerAddress: 16,
    maxNewPerAddress: 32,
    exemptLoopback: true,
    ...options,
  });
}

Deno.test("AddressCounts lets an address have 16 connections at once", () => {
  const admission = make();
  for (let n = 0; n < 16; n++) {
    assertEquals(admission.open("192.0.2.1", 0), undefined);
  }
  assertEquals(admission.open("192.0.2.1", 0), "too-many-connections");
  assertEquals(admission.open("192.0.2.2", 0), undefined);
  admission.close("192.0.2.1", 0);
  assertEquals(admission.open("192.0.2.1", 0), undefined);
  assertEquals(admission.open("192.0.2.1", 0), "too-many-connections");
});

Deno.test("AddressCounts counts IPv6 by the network of 64 bits", () => {
  const admission = make({ maxPerAddress: 1 });
  assertEquals(admission.open("2001:db8::1", 0), undefined);
  assertEquals(admission.open("2001:db8::2", 0), "too-many-connections");
  assertEquals(admission.open("2001:db8:0:1::1", 0), undefined);
});

Deno.test("AddressCounts lets 32 new ones enter in ten minutes, and more later", () => {
  const admission = make();
  const visit = (now: number) => {
    const fault = admission.open("192.0.2.1", now) ??
      admission.enter("192.0.2.1", now);
    admission.close("192.0.2.1", now);
    return fault;
  };
  for (let n = 0; n < 32; n++) assertEquals(visit(n), undefined);
  assertEquals(visit(32), "too-many-attempts");
  assertEquals(visit(9 * MINUTE), "too-many-attempts");
  // Half of them are still in the last ten minutes, as it is reckoned.
  let entered = 0;
  while (visit(15 * MINUTE) === undefined) entered++;
  assertEquals(entered, 16);
  entered = 0;
  while (visit(40 * MINUTE) === undefined) entered++;
  assertEquals(entered, 32);
});

Deno.test("AddressCounts never lets more enter than twice the number in any ten minutes", () => {
  const admission = make();
  const times: number[] = [];
  for (let now = 0; now < 60 * MINUTE; now += 5_000) {
    admission.open("192.0.2.1", now);
    if (admission.enter("192.0.2.1", now) === undefined) times.push(now);
    admission.close("192.0.2.1", now);
  }
  const most = Math.max(
    ...times.map((from) =>
      times.filter((time) => time >= from && time < from + 10 * MINUTE).length
    ),
  );
  assertEquals(most <= 64, true, String(most));
  assertEquals(times.length <= 32 * 7, true, String(times.length));
});

Deno.test("AddressCounts has no limits for this machine, unless told otherwise", () => {
  const exempt = make({ maxPerAddress: 1 });
  for (let n = 0; n < 5; n++) {
    assertEquals(exempt.open("127.0.0.1", n), undefined);
    assertEquals(exempt.enter("127.0.0.1", n), undefined);
  }
  assertEquals(exempt.size, 0);
  const strict = make({ maxPerAddress: 1, exemptLoopback: false });
  assertEquals(strict.open("::1", 0), undefined);
  assertEquals(strict.open("::1", 0), "too-many-connections");
});

Deno.test("AddressCounts remembers those who have left, but not too many nor too long", () => {
  const admission = make();
  const visit = (n: number, now: number) => {
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    admission.open(address, now);
    admission.enter(address, now);
    admission.close(address, now);
  };
  for (let n = 0; n < 20_000; n++) visit(n, 0);
  assertEquals(admission.size, 16_384);
  visit(20_001, 21 * MINUTE);
  assertEquals(admission.size, 1);
});

Deno.test("AddressCounts does not remember who only looked in", () => {
  const admission = make();
  admission.open("192.0.2.1", 0);
  assertEquals(admission.size, 1);
  admission.close("192.0.2.1", 0);
  assertEquals(admission.size, 0);
  admission.close("192.0.2.1", 0);
  assertEquals(admission.enter("192.0.2.1", 0), undefined);
});
