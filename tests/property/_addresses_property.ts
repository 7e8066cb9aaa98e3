import { joinAddress, splitAddress } from "../../internal/address/address.ts";
import { IpSet } from "../../internal/address/cidr.ts";
import {
  formatIp,
  formatIpv6,
  isIpv4,
  parseIpv4,
  parseIpv6,
} from "../../internal/address/ip.ts";
import { toBytes } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

type TextCase = { text: string };

const PARTS = [
  ...["localhost", "example.com", "127.0.0.1", "::1", "[::1]", "[", "]", ":"],
  ...[
    "80",
    "0",
    "65535",
    "65536",
    "-1",
    "1e3",
    " ",
    "",
    "@",
    "/",
    "é",
    "%eth0",
  ],
  ...["[fe80::1%eth0]", "[::ffff:1.2.3.4]", "::", "1.2.3.4.5", "\0", "０"],
];

function randomText(random: Random, parts: readonly string[]): string {
  const count = random.below(5);
  return Array.from({ length: count }, () => random.pick(parts)).join(
    random.pick(["", "", ":"]),
  );
}

export const addressTextProperty = property<TextCase>({
  name:
    "splitAddress() fails by its own errors, or gives what joinAddress() undoes",
  runs: 15_000,
  generate: (random) => ({ text: randomText(random, PARTS) }),
  check: ({ text }) => {
    let parts: [string, number];
    try {
      parts = splitAddress(text);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return;
      throw error;
    }
    const [host, port] = parts;
    assertSame(Number.isInteger(port) && port >= 0 && port <= 65535, true);
    assertSame(splitAddress(joinAddress(host, port)), parts);
    assertSame(/[\s/@]/.test(host), false);
    assertSame(host.includes(":"), text.startsWith("["));
  },
});

type Ipv6Case = { bytes: number[]; style: number[] };

/** Writes an address in one of the many ways there are. */
function writeIpv6(bytes: Uint8Array, style: readonly number[]): string {
  const [upper = 0, pads = 0, dotted = 0, gap = 0] = style;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    let group = (bytes[at] * 256 + bytes[at + 1]).toString(16);
    if (pads > 0) group = group.padStart(Math.min(4, pads), "0");
    groups.push(upper > 0 ? group.toUpperCase() : group);
  }
  if (dotted > 0) groups.splice(6, 2, bytes.subarray(12).join("."));
  // A run of zeros, from any place on, may be left out.
  let end = gap;
  while (end < groups.length && /^0+$/.test(groups[end])) end++;
  if (gap < 0 || gap >= groups.length || end === gap) return groups.join(":");
  return `${groups.slice(0, gap).join(":")}::${groups.slice(end).join(":")}`;
}

export const ipv6Property = property<Ipv6Case>({
  name:
    "parseIpv6() reads every spelling, and formatIpv6() writes the canonical one",
  runs: 10_000,
  generate: (random) => ({
    bytes: Array.from(
      { length: 16 },
      () => random.chance(0.6) ? 0 : random.below(256),
    ),
    style: [
      random.below(2),
      random.below(5),
      random.below(2),
      random.below(9),
    ],
  }),
  check: ({ bytes: values, style }) => {
    const bytes = new Uint8Array(16);
    bytes.set(toBytes(values.slice(0, 16)));
    const text = writeIpv6(bytes, style);
    assertSame([...parseIpv6(text) ?? []], [...bytes]);
    const canonical = formatIpv6(text);
    assertSame([...parseIpv6(canonical) ?? []], [...bytes]);
    assertSame(formatIpv6(canonical), canonical);
    // The URL standard writes IPv4-mapped addresses without dots.
    if (canonical.includes(".")) return;
    assertSame(`[${canonical}]`, new URL(`http://[${text}]/`).hostname);
  },
});

const DIGITS = ["0", "00", "1", "01", "9", "255", "256", "999", "a", "", "-1"];
const GROUPS = [
  ...["0", "1", "ffff", "FfFf", "00001", "g", "", ":", "::", "1.2.3.4"],
  ...["1.2.3.04", "abcd", "0000"],
];

export const ipTextProperty = property<TextCase>({
  name: "addresses are read as strictly as by the URL standard",
  runs: 15_000,
  generate: (random) => {
    const isIpv4 = random.chance(0.5);
    const parts = isIpv4 ? DIGITS : GROUPS;
    const count = isIpv4 ? random.int(3, 5) : random.int(1, 9);
    return {
      text: Array.from({ length: count }, () => random.pick(parts))
        .join(isIpv4 ? "." : ":"),
    };
  },
  check: ({ text }) => {
    const octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    const isGood = new RegExp(`^${octet}(\\.${octet}){3}$`).test(text);
    assertSame(isIpv4(text), isGood);
    assertSame(
      parseIpv4(text)?.join("."),
      isGood ? text : undefined,
    );
    if (text.includes("%") || /[\s/?#@\\]/.test(text)) return;
    assertSame(
      parseIpv6(text) !== undefined,
      URL.canParse(`http://[${text}]/`),
    );
  },
});

type BlockCase = { bytes: number[]; other: number[]; bits: number };

export const ipSetProperty = property<BlockCase>({
  name: "IpSet has the addresses whose first bits are those of the block",
  runs: 10_000,
  generate: (random) => {
    const length = random.pick([4, 16]);
    const bytes = Array.from({ length }, () => random.below(256));
    const same = random.below(8 * length + 1);
    const other = bytes.map((byte, index) => {
      const kept = Math.min(8, Math.max(0, same - 8 * index));
      return kept === 8 ? byte : byte ^ random.below(1 << (8 - kept));
    });
    return { bytes, other, bits: random.below(8 * length + 1) };
  },
  check: ({ bytes, other, bits }) => {
    const isIpv4 = bytes.length === 4;
    if ((!isIpv4 && bytes.length !== 16) || other.length !== bytes.length) {
      return;
    }
    const count = Math.min(8 * bytes.length, Math.max(0, Math.trunc(bits)));
    const toBits = (values: readonly number[]) =>
      [...toBytes(values)].map((byte) => byte.toString(2).padStart(8, "0"))
        .join("");
    const prefix = toBits(bytes).slice(0, count);
    const start = prefix.padEnd(8 * bytes.length, "0").match(/.{8}/g) ?? [];
    const first = toBytes(start.map((octet) => parseInt(octet, 2)));
    const set = new IpSet([`${formatIp(first)}/${count}`], "a test");
    assertSame(
      set.has(formatIp(toBytes(other))),
      toBits(other).startsWith(prefix),
    );
    assertSame(set.has(formatIp(first)), true);
    if (isIpv4) assertSame(set.has(`::ffff:${formatIp(first)}`), true);
  },
});
