import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  encodeProxyHeader,
  type ProxyHeader,
} from "../../../tcp/proxy_protocol/encode_proxy_header.ts";
import { readProxyStart } from "../../../tcp/proxy_protocol/_read_proxy_start.ts";

const V4 = { hostname: "203.0.113.7", port: 56324 };
const OTHER_V4 = { hostname: "192.0.2.1", port: 443 };
const V6 = { hostname: "2001:db8::1", port: 0 };
const LINK_LOCAL = { hostname: "fe80::1%eth0", port: 65535 };

const CASES: [ProxyHeader, line: string, length: number][] = [
  [{}, "PROXY UNKNOWN\r\n", 16],
  [
    { source: V4, destination: OTHER_V4 },
    "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n",
    28,
  ],
  [
    { source: V6, destination: LINK_LOCAL },
    "PROXY TCP6 2001:db8::1 fe80::1 0 65535\r\n",
    52,
  ],
  [
    { source: V4, destination: V6 },
    "PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 56324 0\r\n",
    52,
  ],
];

for (const [header, line, length] of CASES) {
  Deno.test(`encodeProxyHeader() makes ${line.trim()}, in both versions`, () => {
    const v1 = encodeProxyHeader({ ...header, version: 1 });
    const v2 = encodeProxyHeader({ ...header, version: 2 });

    assertEquals(new TextDecoder().decode(v1), line);
    assertEquals(v2.length, length);
    assertEquals(encodeProxyHeader(header), v2);
    const [ofV1, ofV2] = [readProxyStart(v1), readProxyStart(v2)];
    assertEquals({ ...ofV1, length }, ofV2 as typeof ofV1 & { length: number });
  });
}

Deno.test("encodeProxyHeader() makes the bytes of the specification", () => {
  const local = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x20, 0, 0, 0];
  assertEquals([...encodeProxyHeader({})], local);
  const header = encodeProxyHeader({ source: V4, destination: OTHER_V4 });
  assertEquals(
    [...header.subarray(12)],
    [0x21, 0x11, 0, 12, 203, 0, 113, 7, 192, 0, 2, 1, 0xdc, 0x04, 1, 0xbb],
  );
});

const WRONG: [unknown, ErrorConstructor, message: string][] = [
  [undefined, TypeError, "Cannot use options of type undefined"],
  [{ source: V4 }, TypeError, 'expected "source" and "destination"'],
  [{ destination: V4 }, TypeError, 'expected "source" and "destination"'],
  [{ version: 3 }, RangeError, "Cannot use version 3"],
  [{ version: "2" }, TypeError, "Cannot use version of type string"],
  [{ source: "127.0.0.1:80", destination: V4 }, TypeError, "Cannot use source"],
  [{ source: V4, destination: null }, TypeError, "Cannot use destination"],
  [
    { source: { hostname: "localhost", port: 1 }, destination: V4 },
    SyntaxError,
    'Cannot use "localhost" in source: expected a numeric address',
  ],
  [
    { source: { hostname: "[::1]", port: 1 }, destination: V4 },
    SyntaxError,
    'Cannot use "[::1]" in source',
  ],
  [
    { source: { hostname: "::1", port: 65536 }, destination: V4 },
    RangeError,
    "Cannot use port 65536",
  ],
  [
    { source: { hostname: "::1" }, destination: V4 },
    TypeError,
    "Cannot use port",
  ],
];

for (const [header, Class, message] of WRONG) {
  Deno.test(`encodeProxyHeader() refuses ${JSON.stringify(header)}`, () => {
    const error = assertThrows(
      () => encodeProxyHeader(header as ProxyHeader),
      Class,
    );
    assertStringIncludes(error.message, message);
  });
}
