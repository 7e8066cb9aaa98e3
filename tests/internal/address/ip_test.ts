import { assertEquals, assertThrows } from "@std/assert";
import {
  formatIpv6,
  isIpv4,
  isIpv6,
  isMappedIpv4,
  parseIpv4,
  parseIpv6,
  withoutMapping,
} from "../../../internal/address/ip.ts";

Deno.test("isIpv4() holds for four decimal parts only", () => {
  const good = ["0.0.0.0", "127.0.0.1", "255.255.255.255", "10.0.0.9"];
  for (const text of good) assertEquals(isIpv4(text), true, text);
  const bad = [
    ...["", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "..."],
    ...[
      "256.0.0.1",
      "1.2.3.999",
      "1.2.3.1000",
      "01.2.3.4",
      "1.2.3.04",
      "00.0.0.0",
    ],
    ...[
      "0x7f.0.0.1",
      "127.1",
      "2130706433",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.4\n",
    ],
    ...["+1.2.3.4", "-1.2.3.4", "1.2.3.-4", "1e1.2.3.4", "１.2.3.4", "a.b.c.d"],
    ...["::1", "1.2.3.4:80"],
  ];
  for (const text of bad) assertEquals(isIpv4(text), false, text);
});

Deno.test("parseIpv4() gives the bytes", () => {
  assertEquals(parseIpv4("192.168.0.255"), new Uint8Array([192, 168, 0, 255]));
  assertEquals(parseIpv4("192.168.0.256"), undefined);
});

Deno.test("isIpv6() holds for the forms of RFC 4291", () => {
  const good = [
    ...["::", "::1", "1::", "2001:db8::1", "2001:DB8:0:0:8:800:200C:417A"],
    ...["FF01::101", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8"],
    ...["1::3:4:5:6:7:8", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4"],
    ...["64:ff9b::192.0.2.33", "1::1.2.3.4", "fe80::1%eth0", "fe80::1%1"],
    ...["0000:0000:0000:0000:0000:0000:0000:0001"],
  ];
  for (const text of good) assertEquals(isIpv6(text), true, text);
  const bad = [
    ...["", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9"],
    ...[
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "1:2:3:4::5:6:7:8",
      "1::2::3",
    ],
    ...[":::1", "1:::2", "12345::", "g::", "0x1::", "-1::", "1:2:3:4:5:6:7:"],
    ...[
      ":1:2:3:4:5:6:7",
      "::1.2.3",
      "::1.2.3.4.5",
      "::1.2.3.256",
      "::01.2.3.4",
    ],
    ...["1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4"],
    ...["[::1]", " ::1", "::1 ", "::1\n", "fe80::1%", "%eth0", "localhost"],
    ...["::%", "::ffff:1.2.3.4.5", "::１"],
  ];
  for (const text of bad) assertEquals(isIpv6(text), false, text);
});

Deno.test("parseIpv6() gives the bytes", () => {
  const bytes = new Uint8Array(16);
  assertEquals(parseIpv6("::"), bytes);
  bytes.set([0x20, 0x01, 0x0d, 0xb8]);
  bytes.set([192, 0, 2, 33], 12);
  assertEquals(parseIpv6("2001:db8::192.0.2.33%zone"), bytes);
  assertEquals(parseIpv6("2001:db8::c000:221"), bytes);
});

// The examples and rules of RFC 5952, by section.
const canonical: [section: string, text: string, expected: string][] = [
  ["1", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1", "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1", "2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
  ["1", "2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1", "2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"],
  ["1", "2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
  ["1", "2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"],
  ["1", "2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
  [
    "2.1",
    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001",
    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
  ],
  [
    "2.2",
    "2001:db8:aaaa:bbbb:cccc:dddd::1",
    "2001:db8:aaaa:bbbb:cccc:dddd:0:1",
  ],
  ["2.2", "2001:db8:0:0:0::1", "2001:db8::1"],
  ["2.2", "2001:db8:0::1", "2001:db8::1"],
  ["4.1", "2001:0db8::0001", "2001:db8::1"],
  ["4.1", "0001:0002:0003:0004:0005:0006:0007:0008", "1:2:3:4:5:6:7:8"],
  ["4.2.1", "2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["4.2.1", "0:0:0:0:0:0:0:0", "::"],
  ["4.2.1", "0:0:0:0:0:0:0:1", "::1"],
  ["4.2.1", "1:0:0:0:0:0:0:0", "1::"],
  ["4.2.2", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["4.2.2", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["4.2.2", "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
  ["4.2.2", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["4.2.3", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["4.2.3", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["4.2.3", "0:0:1:0:0:0:1:1", "0:0:1::1:1"],
  ["4.2.3", "1:0:0:1:1:0:0:0", "1:0:0:1:1::"],
  ["4.3", "2001:DB8:ABCD:EF::", "2001:db8:abcd:ef::"],
  ["5", "::FFFF:192.0.2.1", "::ffff:192.0.2.1"],
  ["5", "0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"],
  ["5", "::ffff:0:0", "::ffff:0.0.0.0"],
  ["5", "::192.0.2.1", "::c000:201"],
  ["zone", "FE80:0::1%Eth0", "fe80::1%Eth0"],
];

for (const [section, text, expected] of canonical) {
  Deno.test(`formatIpv6() writes ${text} as RFC 5952 says (${section})`, () => {
    assertEquals(formatIpv6(text), expected);
    // What is canonical stays, and means the same.
    assertEquals(formatIpv6(expected), expected);
    assertEquals(parseIpv6(expected), parseIpv6(text));
  });
}

Deno.test("formatIpv6() keeps every address, and its form is one", () => {
  let state = 5952;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let round = 0; round < 5000; round++) {
    const groups = Array.from(
      { length: 8 },
      () => random() % 3 === 0 ? random() % 0x10000 : 0,
    );
    const long = groups.map((group) => group.toString(16).padStart(4, "0"));
    const text = long.join(":").toUpperCase();
    const short = formatIpv6(text);
    assertEquals(parseIpv6(short), parseIpv6(text), text);
    assertEquals(formatIpv6(short), short);
    // The runtime's URL parser has a formatter of its own to compare with.
    if (!short.includes(".")) {
      assertEquals(`[${short}]`, new URL(`http://[${text}]/`).hostname);
    }
  }
});

Deno.test("formatIpv6() refuses what is no IPv6 address", () => {
  for (const text of ["", "1.2.3.4", "localhost", "[::1]", "1::2::3"]) {
    assertThrows(
      () => formatIpv6(text),
      SyntaxError,
      `Cannot format IPv6 address "${text}": `,
    );
  }
});

Deno.test("withoutMapping() shows IPv4 addresses of sockets for both families", () => {
  const pairs = [
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:192.0.2.255", "192.0.2.255"],
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "::"],
    ["::ffff:256.0.0.1", "::ffff:256.0.0.1"],
    ["::ffff:0:1", "::ffff:0:1"],
    ["localhost", "localhost"],
    ["", ""],
  ];
  for (const [text, shown] of pairs) {
    assertEquals(withoutMapping(text), shown);
    assertEquals(isMappedIpv4(text), text !== shown);
  }
});
