import { formatIp, withoutMapping } from "../../internal/address/ip.ts";
import { encodeProxyHeader } from "../../tcp/proxy_protocol/encode_proxy_header.ts";
import type { ProxyStart } from "../../tcp/proxy_protocol/_proxy_start.ts";
import { readProxyStart } from "../../tcp/proxy_protocol/_read_proxy_start.ts";
import { toBytes } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";

/** The longest header that is waited for. */
const MAX_HEADER = 4096;

type End = { bytes: number[]; port: number };
type HeaderCase = {
  isV1: boolean;
  source: End;
  destination: End;
  tail: number[];
};

export const proxyHeaderProperty = property<HeaderCase>({
  name:
    "readProxyStart() reads what encodeProxyHeader() makes, wherever it is cut",
  runs: 2000,
  generate: (random) => {
    const end = (): End => ({
      bytes: Array.from(
        { length: random.pick([4, 16]) },
        () => random.chance(0.4) ? 0 : random.below(256),
      ),
      port: random.pick([0, 1, 443, 65535, random.below(65536)]),
    });
    return {
      isV1: random.chance(0.5),
      source: end(),
      destination: end(),
      tail: Array.from({ length: random.below(9) }, () => random.below(256)),
    };
  },
  check: ({ isV1, source, destination, tail }) => {
    const [from, to] = [toAddr(source), toAddr(destination)];
    const header = encodeProxyHeader({
      version: isV1 ? 1 : 2,
      source: from,
      destination: to,
    });
    for (let length = 0; length < header.length; length++) {
      assertSame(readProxyStart(header.subarray(0, length)).kind, "incomplete");
    }
    const start = readProxyStart(toBytes([...header, ...tail]));
    assertSame(start, {
      kind: "header",
      length: header.length,
      ends: { source: withoutForm(from), destination: withoutForm(to) },
    });
  },
});

function toAddr({ bytes, port }: End): Deno.NetAddr {
  const address = new Uint8Array(bytes.length > 4 ? 16 : 4);
  address.set(toBytes(bytes.slice(0, address.length)));
  return {
    transport: "tcp",
    hostname: formatIp(address),
    port: Math.min(65535, Math.max(0, Math.trunc(port))),
  };
}

/** IPv4 addresses are read without the form of IPv6. */
function withoutForm(addr: Deno.NetAddr): Deno.NetAddr {
  return { ...addr, hostname: withoutMapping(addr.hostname) };
}

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
/** Pieces of headers, and of what is none. */
const PIECES: readonly (readonly number[])[] = [
  SIGNATURE,
  SIGNATURE.slice(0, 7),
  [0x21, 0x11],
  [0x20, 0x00],
  [0x21, 0x31],
  [0, 12],
  [0, 0],
  [15, 240],
  [255, 255],
  [4, 0, 1, 0],
  Array.from({ length: 12 }, (_, index) => index),
  ...[
    "PROXY ",
    "TCP4 ",
    "TCP6 ",
    "UNKNOWN",
    " ",
    "\r\n",
    "\r",
    "\n",
    "1.2.3.4 ",
    "::1 ",
    "80 ",
    "443",
    "x".repeat(40),
  ]
    .map((text) => [...new TextEncoder().encode(text)]),
];

type NoiseCase = { bytes: number[] };

export const proxyNoiseProperty = property<NoiseCase>({
  name: "readProxyStart() never takes back what the first bytes have told",
  runs: 3000,
  generate: (random) => ({
    bytes: Array.from(
      { length: random.int(1, 12) },
      () => random.chance(0.9) ? random.pick(PIECES) : [random.below(256)],
    ).flat(),
  }),
  check: ({ bytes: values }) => {
    const bytes = toBytes(values);
    let known: ProxyStart | undefined;
    for (let length = 0; length <= bytes.length; length++) {
      const start = readProxyStart(bytes.subarray(0, length));
      if (known !== undefined) assertSame(start.kind, known.kind);
      if (start.kind === "incomplete") {
        assertSame(length < MAX_HEADER, true);
        continue;
      }
      if (start.kind === "header") {
        assertSame(start.length <= length, true);
        if (known !== undefined) assertSame(start, known);
      }
      known ??= start;
    }
  },
});
