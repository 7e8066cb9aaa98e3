import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ProxyStart } from "../../../tcp/proxy_protocol/_proxy_start.ts";
import { readProxyStart } from "../../../tcp/proxy_protocol/_read_proxy_start.ts";

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10];

function text(line: string): Uint8Array {
  return Uint8Array.from(line, (char) => char.charCodeAt(0));
}

/** A header of version 2 whose length is that of its body, or another. */
function binary(
  versionCommand: number,
  familyProtocol: number,
  body: readonly number[],
  length = body.length,
): Uint8Array {
  return Uint8Array.of(
    ...SIGNATURE,
    versionCommand,
    familyProtocol,
    length >> 8,
    length & 0xff,
    ...body,
  );
}

function addr(hostname: string, port: number): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}

const IPV4 = [203, 0, 113, 7, 192, 0, 2, 1, 0xdc, 0x04, 0x01, 0xbb];
const IPV4_ENDS = {
  source: addr("203.0.113.7", 56324),
  destination: addr("192.0.2.1", 443),
};
const IPV6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ...[0, 0, 0xff, 0xff],
];
const MAPPED = [
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1],
  ...[0xdc, 0x04, 0x01, 0xbb],
];
const UNIX = new Array<number>(216).fill(0x2f);
/** The name of the host (0x02), and nothing (0x04). */
const TLVS = [0x02, 0, 3, 0x61, 0x2e, 0x62, 0x04, 0, 0];
const LONGEST = `PROXY UNKNOWN ${"f".repeat(107 - 16)}\r\n`;
const LARGEST = [
  0x04,
  4065 >> 8,
  4065 & 0xff,
  ...new Array<number>(4065).fill(0),
];

const HEADERS: Record<
  string,
  [Uint8Array, Extract<ProxyStart, { kind: "header" }>["ends"]]
> = {
  "v1 of IPv4": [
    text("PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"),
    IPV4_ENDS,
  ],
  "v1 of IPv4 at its longest": [
    text("PROXY TCP4 255.255.255.255 255.255.255.254 65535 65535\r\n"),
    {
      source: addr("255.255.255.255", 65535),
      destination: addr("255.255.255.254", 65535),
    },
  ],
  "v1 of IPv6": [
    text("PROXY TCP6 2001:DB8:0:0:0::1 2001:db8::2 0 65535\r\n"),
    { source: addr("2001:db8::1", 0), destination: addr("2001:db8::2", 65535) },
  ],
  "v1 of IPv4 in the form of IPv6": [
    text("PROXY TCP6 ::ffff:203.0.113.7 ::ffff:c000:201 56324 443\r\n"),
    IPV4_ENDS,
  ],
  "v1 of an unknown client": [text("PROXY UNKNOWN\r\n"), undefined],
  "v1 of an unknown client with a rest": [
    text("PROXY UNKNOWN ffff::1 \xff%s 70000\r\n"),
    undefined,
  ],
  "v1 at its longest": [text(LONGEST), undefined],
  "v2 of IPv4": [binary(0x21, 0x11, IPV4), IPV4_ENDS],
  "v2 of IPv6": [binary(0x21, 0x21, IPV6), {
    source: addr("2001:db8::1", 0),
    destination: addr("2001:db8::2", 65535),
  }],
  "v2 of IPv4 in the form of IPv6": [binary(0x21, 0x21, MAPPED), IPV4_ENDS],
  "v2 with extensions": [binary(0x21, 0x11, [...IPV4, ...TLVS]), IPV4_ENDS],
  "v2 at its longest": [binary(0x21, 0x11, [...IPV4, ...LARGEST]), IPV4_ENDS],
  "v2 of datagrams": [binary(0x21, 0x12, IPV4), undefined],
  "v2 of a Unix socket": [binary(0x21, 0x31, [...UNIX, ...TLVS]), undefined],
  "v2 of an unknown family": [binary(0x21, 0x00, []), undefined],
  "v2 of an unknown family with a body": [
    binary(0x21, 0x01, [1, 2, 3]),
    undefined,
  ],
  "v2 of an unknown protocol": [binary(0x21, 0x10, [1, 2, 3]), undefined],
  "v2 of the proxy itself": [binary(0x20, 0x00, []), undefined],
  "v2 of the proxy itself with addresses": [
    binary(0x20, 0x11, [...IPV4, 0xff]),
    undefined,
  ],
  "v2 of the proxy itself with less": [binary(0x20, 0x21, [1]), undefined],
};

for (const [name, [bytes, ends]] of Object.entries(HEADERS)) {
  Deno.test(`readProxyStart() reads a header of ${name}, wherever it is cut`, () => {
    const header: ProxyStart = { kind: "header", length: bytes.length, ends };
    for (let length = 0; length < bytes.length; length++) {
      const start = readProxyStart(bytes.subarray(0, length));
      assertEquals(start, { kind: "incomplete" }, `${length} bytes`);
    }
    assertEquals(readProxyStart(bytes), header);
    // What follows belongs to the application, whatever it is.
    for (const next of [text("\r\n"), text("PROXY "), bytes]) {
      assertEquals(readProxyStart(Uint8Array.of(...bytes, ...next)), header);
    }
  });
}

const LONG_LINE = "a PROXY line of more than 107 bytes";
const NO_ADDRESSES = "a PROXY header without its addresses";
const CUT_OFF = "a PROXY header with an extension that is cut off";

/** Bytes that are no header, what is said of them, and how many of them tell. */
const OTHERS: Record<string, [Uint8Array, reason: string, enough?: number]> = {
  "of HTTP": [text("GET / HTTP/1.1\r\n"), '"G"', 1],
  "of TLS": [Uint8Array.of(22, 3, 1, 0), '"\\u0016"', 1],
  "that begin as v1 does": [text("PROTOCOL"), '"PROT"', 4],
  "in lower case": [text("proxy TCP4"), '"p"', 1],
  "of v1 without a space": [text("PROXY\r\n"), '"PROXY\\r"', 6],
  "of v1 with a tab": [text("PROXY\tTCP4"), '"PROXY\\t"', 6],
  "that begin as v2 does": [
    Uint8Array.of(...SIGNATURE.slice(0, 11), 11),
    '"',
    12,
  ],
  "of v1 that LF ends": [text("PROXY UNKNOWN\n"), "LF alone"],
  "of v1 that CR ends": [text("PROXY UNKNOWN\rx"), "CR alone"],
  "of v1 with LF in the middle": [text("PROXY UNKNOWN \n\r\n"), "LF alone", 15],
  "of v1 without an end": [text(`PROXY UNKNOWN ${"x".repeat(93)}`), LONG_LINE],
  "of v1 with a late end": [
    text(`PROXY UNKNOWN ${"x".repeat(92)}\r`),
    LONG_LINE,
  ],
  "of v2's version 1": [binary(0x11, 0x11, IPV4), "of version 1", 16],
  "of v2's version 3": [binary(0x31, 0x11, IPV4), "of version 3", 16],
  "of v2's command 2": [binary(0x22, 0x11, IPV4), "the command 2", 16],
  "of v2's family 4": [binary(0x21, 0x41, IPV4), "family 4 and protocol 1", 16],
  "of v2's protocol 3": [
    binary(0x20, 0x13, IPV4),
    "family 1 and protocol 3",
    16,
  ],
  "of v2 without addresses": [
    binary(0x21, 0x11, IPV4.slice(1)),
    NO_ADDRESSES,
    16,
  ],
  "of v2 with IPv4 as IPv6": [binary(0x21, 0x21, IPV4), NO_ADDRESSES, 16],
  "of v2 with half a Unix address": [
    binary(0x21, 0x31, UNIX.slice(1)),
    NO_ADDRESSES,
    16,
  ],
  "of v2 with an extension without a length": [
    binary(0x21, 0x11, [...IPV4, 4, 0]),
    CUT_OFF,
  ],
  "of v2 with an extension that is too long": [
    binary(0x21, 0x11, [...IPV4, ...TLVS, 4, 0, 2, 0]),
    CUT_OFF,
  ],
  "of v2 that are too many": [
    binary(0x20, 0x00, [], 4081),
    "a PROXY header of more than 4096 bytes",
  ],
  "of v2 that are far too many": [
    binary(0x20, 0x00, [], 65535),
    "more than 4096",
  ],
};

for (
  const [name, [bytes, reason, enough = bytes.length]] of Object.entries(OTHERS)
) {
  Deno.test(`readProxyStart() refuses bytes ${name} as soon as it can`, () => {
    for (let length = 0; length < enough; length++) {
      const start = readProxyStart(bytes.subarray(0, length));
      assertEquals(start, { kind: "incomplete" }, `${length} bytes`);
    }
    for (let length = enough; length <= bytes.length; length++) {
      const start = readProxyStart(bytes.subarray(0, length));
      assert(start.kind === "invalid");
      if (length === enough) assertStringIncludes(start.reason, reason);
    }
  });
}

const LINES = [
  "PROXY ",
  "PROXY  UNKNOWN",
  "PROXY UNKNOWNS",
  "PROXY unknown",
  "PROXY TCP",
  "PROXY TCP4",
  "PROXY TCP5 203.0.113.7 192.0.2.1 1 2",
  "PROXY UDP4 203.0.113.7 192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1 2 3",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1 2 ",
  "PROXY TCP4  203.0.113.7 192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.7\t192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.7 192.0.2.1 01 2",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1 00",
  "PROXY TCP4 203.0.113.7 192.0.2.1 65536 2",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1 -2",
  "PROXY TCP4 203.0.113.7 192.0.2.1 1 0x2",
  "PROXY TCP4 203.0.113 192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.07 192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.256 192.0.2.1 1 2",
  "PROXY TCP4 203.0.113.7 example.com 1 2",
  "PROXY TCP4 2001:db8::1 2001:db8::2 1 2",
  "PROXY TCP6 203.0.113.7 192.0.2.1 1 2",
  "PROXY TCP6 2001:db8::1 192.0.2.1 1 2",
  "PROXY TCP6 2001:db8::1::2 2001:db8::2 1 2",
  "PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2",
  "PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2",
  "PROXY TCP6 2001:db8:::1 2001:db8::2 1 2",
  "PROXY TCP6 1:2:3:4:5:6:7 2001:db8::2 1 2",
];

for (const line of LINES) {
  Deno.test(`readProxyStart() refuses the line ${JSON.stringify(line)}`, () => {
    const start = readProxyStart(text(`${line}\r\n`));
    const reason = `the PROXY line ${JSON.stringify(line)}`;

    assertEquals(start, { kind: "invalid", reason });
  });
}

Deno.test("readProxyStart() shows the beginning of other bytes", () => {
  const start = readProxyStart(text(`GET /${"a".repeat(1000)} HTTP/1.1\r\n`));

  assertEquals(start, { kind: "invalid", reason: `"GET /${"a".repeat(27)}"` });
});
