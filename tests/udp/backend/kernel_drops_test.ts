import { assertEquals } from "@std/assert";
import { findDrops, toHex } from "../../../udp/backend/_kernel_drops.ts";
import { makeUdpAddr } from "../../../udp/_addresses.ts";

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue
  102: 0100007F:A430 00000000:0000 07 00000000:00000000 00 0 0 32732 2 0 17
  103: 0100007F:A430 00000000:0000 07 00000000:00000000 00 0 0 32733 2 0 3
  104: 00000000:0009 00000000:0000 07 00000000:00000000 00 0 0 32734 2 0 0
`;

Deno.test("findDrops() sums the last column of an address", () => {
  assertEquals(findDrops(TABLE, "0100007F:A430"), 20);
  assertEquals(findDrops(TABLE, "00000000:0009"), 0);
  assertEquals(findDrops(TABLE, "0100007F:0009"), undefined);
  assertEquals(findDrops("", "0100007F:A430"), undefined);
});

Deno.test("toHex() writes an address as the kernel does", () => {
  const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  if (!isLittleEndian) return;

  assertEquals(toHex(makeUdpAddr("127.0.0.1", 42032)), "0100007F:A430");
  assertEquals(
    toHex(makeUdpAddr("::1", 9)),
    "00000000000000000000000001000000:0009",
  );
});
