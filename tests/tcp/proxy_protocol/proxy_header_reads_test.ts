import {
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { isExpectedEnd } from "../../../internal/errors/expected_end.ts";
import { ProxyHeaderReads } from "../../../tcp/proxy_protocol/_proxy_header_reads.ts";
import type {
  ProxiedConn,
  ProxySocket,
} from "../../../tcp/proxy_protocol/_proxied_conn.ts";
import { assertTimeout, errorOf } from "../support/_outcomes.ts";
import { makeRaw } from "../support/_raw.ts";
import { addr, CLIENT, headerOf, SITE } from "./_support.ts";

const PROXY = addr("10.0.0.1", 9);

/** A socket that gives these pieces, and then fails or ends. */
function socketOf(
  pieces: readonly Uint8Array[],
  end: Error | null = null,
): { socket: ProxySocket<Deno.NetAddr>; counts: { closed: number } } {
  const rest = [...pieces];
  const counts = { closed: 0 };
  const raw = makeRaw({
    read: (buffer) => {
      const piece = rest.shift();
      if (piece === undefined) {
        return end ? Promise.reject(end) : Promise.resolve(null);
      }
      buffer.set(piece);
      return Promise.resolve(piece.length);
    },
    close: () => void counts.closed++,
  });
  return { socket: { ...raw, localAddr: SITE, remoteAddr: PROXY }, counts };
}

/** Reads the header of one connection. */
async function read(
  socket: ProxySocket<Deno.NetAddr>,
  timeout?: number,
): Promise<ProxiedConn<Deno.NetAddr>> {
  const headers = new ProxyHeaderReads(timeout);
  try {
    return await headers.read(socket);
  } finally {
    headers.close();
  }
}

const HEADER = headerOf();
const PART = HEADER.subarray(0, 5);
const RESET = new Deno.errors.ConnectionReset("Connection reset by peer");

/** What comes, whether it is no error, and the class of the error. */
const ENDS: Record<string, [Uint8Array[], Error | null, boolean, unknown]> = {
  "an end without a byte": [[], null, true, Deno.errors.UnexpectedEof],
  "a reset without a byte": [[], RESET, true, Deno.errors.ConnectionReset],
  "an end within the header": [[PART], null, false, Deno.errors.UnexpectedEof],
  "a reset within the header": [
    [PART],
    RESET,
    false,
    Deno.errors.ConnectionReset,
  ],
  "other bytes": [[Uint8Array.of(0)], null, false, Deno.errors.InvalidData],
};

for (const [name, [pieces, end, isExpected, Class]] of Object.entries(ENDS)) {
  Deno.test(`read() of a header closes the socket at ${name}, which is ${isExpected ? "no" : "an"} error`, async () => {
    const { socket, counts } = socketOf(pieces, end);
    const error = await errorOf(read(socket));

    assertInstanceOf(error, Class as typeof Error);
    assertStringIncludes(error.message, "Cannot accept 10.0.0.1:9, a proxy");
    assertEquals(isExpectedEnd(error), isExpected);
    assertEquals(counts.closed, 1);
  });
}

Deno.test("read() of a header says that a connection had to make room for others", async () => {
  const { socket } = socketOf([PART], new Deno.errors.Interrupted("Closed"));
  const error = await errorOf(read(socket));

  assertInstanceOf(error, Deno.errors.Interrupted);
  assertStringIncludes(error.message, "it was given up for newer connections");
});

Deno.test("read() of a header closes the socket at its limit, and waits for its read", async () => {
  const reading = Promise.withResolvers<never>();
  // As a pending read of the system does, it keeps the process alive.
  const alive = setInterval(() => {}, 60_000);
  const silent = {
    ...socketOf([]).socket,
    read: () => reading.promise,
    close: () => {
      clearInterval(alive);
      reading.reject(new Deno.errors.Interrupted("Closed"));
    },
  };

  assertTimeout(await errorOf(read(silent, 1)));
});

Deno.test("read() of a header closes each socket at its own limit, in their order", async () => {
  const headers = new ProxyHeaderReads(20);
  const closed: string[] = [];
  const silent = (name: string): Promise<unknown> => {
    const reading = Promise.withResolvers<never>();
    const alive = setInterval(() => {}, 60_000);
    return errorOf(headers.read({
      ...socketOf([]).socket,
      read: () => reading.promise,
      close: () => {
        if (closed.includes(name)) throw new Deno.errors.BadResource("Closed");
        closed.push(name);
        clearInterval(alive);
        reading.reject(new Deno.errors.Interrupted("Closed"));
      },
    }));
  };
  const first = silent("first");
  const second = silent("second");
  const good = await headers.read(socketOf([HEADER]).socket);
  assertTimeout(await first);
  const third = silent("third");
  for (const error of await Promise.all([second, third])) assertTimeout(error);
  headers.close();

  assertEquals(good.remoteAddr, CLIENT);
  assertEquals(closed, ["first", "second", "third"]);
});

Deno.test("read() of a header reads the longest header, with bytes behind it", async () => {
  const header = new Uint8Array(4096);
  header.set(HEADER);
  header.set([(4096 - 16) >> 8, (4096 - 16) & 0xff], 14);
  header.set([0x04, (4096 - 31) >> 8, (4096 - 31) & 0xff], 28);
  const pieces = Array.from(header, (byte) => Uint8Array.of(byte));
  const last = Uint8Array.of(...pieces.pop() ?? [], 1, 2, 3);
  const { socket, counts } = socketOf([...pieces, last]);
  const conn = await read(socket);
  const buffer = new Uint8Array(2);

  assertEquals([conn.remoteAddr, conn.proxyAddr], [CLIENT, PROXY]);
  assertEquals([await conn.read(buffer), [...buffer]], [2, [1, 2]]);
  assertEquals([await conn.read(buffer), [...buffer]], [1, [3, 2]]);
  assertEquals(await conn.read(buffer), null);
  assertEquals(counts.closed, 0);
});
