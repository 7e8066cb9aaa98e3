import { formatIp, isMapped, parseIpv4, parseIpv6 } from "./ip.ts";

/** The addresses that begin with the first `bits` bits of `bytes`. */
interface Block {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/**
 * A set of IP addresses: single ones, and blocks such as `"10.0.0.0/8"` and
 * `"2001:db8::/32"` (RFC 4632 section 3.1, RFC 4291 section 2.3). An IPv4 address
 * in the form of IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
 */
export class IpSet {
  readonly #blocks: readonly Block[];
  // Most connections of a listener behind a proxy come from few addresses.
  #lastAddress = "";
  #isLastIn = false;

  /**
   * Parses the entries.
   *
   * @param entries The addresses and blocks.
   * @param name Their name for the error, such as that of an option.
   * @throws {SyntaxError} If one is no address, or has bits behind its prefix.
   */
  constructor(entries: readonly string[], name: string) {
    this.#blocks = entries.map((entry) => parseBlock(entry, name));
  }

  /** Whether an address is in the set. Its zone does not count. */
  has(address: string): boolean {
    if (address === this.#lastAddress) return this.#isLastIn;
    const bytes = toBytes(address);
    this.#lastAddress = address;
    this.#isLastIn = bytes !== undefined &&
      this.#blocks.some((block) => isIn(bytes, block));
    return this.#isLastIn;
  }
}

/**
 * Whether an address is in a block, or is the address that stands for one. Other
 * texts have no addresses: as lists of the environment are read elsewhere.
 */
export function isInBlock(address: string, block: string): boolean {
  return toBlockTest(block)?.(address) ?? false;
}

/**
 * Makes the test whether an address is in a block. Unlike in an
 * {@linkcode IpSet}, bits behind the prefix are ignored.
 *
 * @returns The test, `undefined` if it is no block and no address.
 */
export function toBlockTest(
  block: string,
): ((address: string) => boolean) | undefined {
  const entry = readEntry(block);
  if (entry === undefined || entry.bits > 8 * entry.bytes.length) {
    return undefined;
  }
  const addresses = toBlock(entry);
  return (address) => {
    const bytes = toBytes(address);
    return bytes !== undefined && isIn(bytes, addresses);
  };
}

function parseBlock(entry: string, name: string): Block {
  const refuse = (expected: string) =>
    new SyntaxError(`Cannot use "${entry}" in ${name}: expected ${expected}`);
  const read = readEntry(entry);
  if (read === undefined) {
    throw refuse('an address or a block such as "10.0.0.0/8"');
  }
  const { bytes, bits } = read;
  const most = 8 * bytes.length;
  if (bits > most) throw refuse(`a prefix of at most ${most} bits`);
  const start = bytes.map((byte, index) => byte & maskAt(index, bits));
  if (start.some((byte, index) => byte !== bytes[index])) {
    // A slip such as 10.0.0.5/8 would trust more than is meant.
    const [address] = entry.split("/");
    throw refuse(`"${formatIp(start)}/${bits}", or "${address}" alone`);
  }
  return toBlock(read);
}

/** Reads an entry as it is written: the prefix may be longer than the address. */
function readEntry(entry: string): Block | undefined {
  const [, address = "", digits] =
    /^([^/%]*)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(entry) ?? [];
  const bytes = parseIpv4(address) ?? parseIpv6(address);
  if (bytes === undefined) return undefined;
  const bits = digits === undefined ? 8 * bytes.length : Number(digits);
  return { bytes, bits };
}

/** The block with nothing behind its prefix, IPv4 in the form of IPv6 as IPv4. */
function toBlock({ bytes, bits }: Block): Block {
  const start = bytes.map((byte, index) => byte & maskAt(index, bits));
  const isIpv4 = isMapped(start) && bits >= 96;
  return isIpv4
    ? { bytes: start.subarray(12), bits: bits - 96 }
    : { bytes: start, bits };
}

/** The bytes of an address, IPv4 in the form of IPv6 as IPv4. */
function toBytes(address: string): Uint8Array | undefined {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIpv6(address);
  return ipv6 !== undefined && isMapped(ipv6) ? ipv6.subarray(12) : ipv6;
}

function isIn(address: Uint8Array, { bytes, bits }: Block): boolean {
  return address.length === bytes.length &&
    address.every((byte, index) =>
      (byte & maskAt(index, bits)) === bytes[index]
    );
}

/** The bits of a byte that are in a prefix. */
function maskAt(index: number, bits: number): number {
  const count = Math.min(8, Math.max(0, bits - 8 * index));
  return 0xff << (8 - count) & 0xff;
}
