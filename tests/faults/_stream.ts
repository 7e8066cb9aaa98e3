import { assert, assertEquals, AssertionError } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  concat,
  drain,
  pattern,
} from "../tcp/support/_bytes.ts";
import {
  type Conn,
  type Kind,
  type KindName,
  kindOf,
} from "../tcp/support/kinds.ts";
import { assertTimeout } from "../tcp/support/_outcomes.ts";
import type { Outcome } from "../property/_outcome.ts";
import type { Course, FaultLink, Faults } from "../_fault_link.ts";
import { connectLinked, type Linked } from "./_linked.ts";

/** A kind of connection, and how it is made by way of a link that does harm. */
export interface LinkedKind {
  readonly name: string;
  readonly isAvailable: boolean;
  /** Whether TLS is on the way, with records and an end of its own. */
  readonly isTls: boolean;
  /** Whether the system tells an end from a reset. */
  readonly canReset: boolean;
  connect(faults: Faults): Promise<Linked>;
}

/** A kind of the contract of connections, by way of a link that does harm. */
export function linkedKind(name: KindName): LinkedKind {
  const { isAvailable, isTls }: Kind = kindOf(name);
  return {
    name,
    isAvailable,
    isTls,
    canReset: ["tcp", "tcp/node", "tls", "tls/tcp"].includes(name),
    connect: (faults) => connectLinked(name, faults),
  };
}

const HANGS = { timeout: 60_000 };
const SIZE = 120_000;

/** What does not lose anything. */
export const HARMLESS: Record<string, Course> = {
  "passes on everything at once": {},
  "passes on pieces of 1,001 bytes": { slice: 1001, delay: 1 },
  "holds up every piece": { slice: 20_000, delay: 3 },
  "stalls for a while": { stallAt: 50_000 },
};

/** Registers a test with both ends of a link. */
function testLinked(
  kind: LinkedKind,
  name: string,
  faults: Faults,
  run: (client: Conn, server: Conn, link: FaultLink) => Promise<void>,
): void {
  Deno.test({
    name: `${kind.name} ${name}`,
    ignore: !kind.isAvailable,
    fn: async () => {
      await using linked = await kind.connect(faults);
      await run(linked.client, linked.server, linked.link);
    },
  });
}

/** Reads to the end, and tells what came and how it ended. */
async function readOut(conn: Conn): Promise<[Uint8Array, unknown]> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const length = await conn.read(buffer, HANGS);
      if (length === null) return [concat(pieces), null];
      pieces.push(buffer.slice(0, length));
    }
  } catch (error) {
    return [concat(pieces), error];
  }
}

function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then((value) => ({ value }), (error) => ({ error }));
}

function assertLinkLost(error: unknown): void {
  const isKnown = [
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.BrokenPipe,
    Deno.errors.UnexpectedEof,
    Deno.errors.NotConnected,
  ].some((type) => error instanceof type);
  if (!isKnown) throw new AssertionError(`The link was lost by ${error}`);
}

/** Registers what has to hold for a kind of connection behind a bad relay. */
export function testStreamFaults(
  kind: LinkedKind,
  harmless: Record<string, Course> = HARMLESS,
  resets: readonly number[] = [1, 1000, 65_537],
): void {
  for (const [what, course] of Object.entries(harmless)) {
    testLinked(
      kind,
      `carries everything both ways through a relay that ${what}`,
      { up: course, down: course },
      async (client, server, link) => {
        const there = pattern(SIZE);
        const back = pattern(SIZE, 77);
        link.stalled.then(() => link.release());
        const [atServer, atClient] = await Promise.all([
          drain(server),
          drain(client),
          client.write(there).then(() => client.closeWrite()),
          server.write(back).then(() => server.closeWrite()),
        ]);
        assertSameBytes(atServer, there);
        assertSameBytes(atClient, back);
        await Promise.all([client.closed, server.closed]);
      },
    );
  }

  testLinked(
    kind,
    "echoes through a relay that passes on single bytes",
    { up: { slice: 1 }, down: { slice: 1 } },
    async (client, server) => {
      const echoing = server.readable.pipeTo(server.writable);
      for (let round = 0; round < 20; round++) {
        const message = pattern(1 + round * 7, round);
        await client.write(message, HANGS);
        const answer = new Uint8Array(message.length);
        await client.readFull(answer, HANGS);
        assertSameBytes(answer, message);
      }
      await client.closeWrite();
      assertEquals(await client.read(new Uint8Array(1), HANGS), null);
      await echoing;
    },
  );

  testLinked(
    kind,
    "times out behind a relay that stalls, and loses nothing by it",
    { up: { stallAt: kind.isTls ? 20_000 : 5000 } },
    async (client, server, link) => {
      const data = pattern(60_000);
      const writing = client.write(data).then(() => client.closeWrite());
      await link.stalled;
      const first: Uint8Array[] = [];
      const buffer = new Uint8Array(4096);
      for (;;) {
        const outcome = await outcomeOf(server.read(buffer, { timeout: 30 }));
        if ("error" in outcome) {
          assertTimeout(outcome.error);
          break;
        }
        first.push(buffer.slice(0, Number(outcome.value)));
      }
      link.release();
      const rest = await drain(server);
      await writing;
      assertSameBytes(concat([...first, rest]), data);
    },
  );

  for (const resetAt of resets) {
    // TLS counts the bytes of its handshake too: these are behind it.
    const place = kind.isTls ? resetAt + 5000 : resetAt;
    testLinked(
      kind,
      `tells both ends of a reset after ${resetAt} bytes, and what came is right`,
      { up: { resetAt: place } },
      async (client, server) => {
        const data = pattern(BLOCKING);
        const writing = outcomeOf(client.write(data));
        const clientReads = readOut(client);
        const [received, error] = await readOut(server);
        assertSameBytes(received, data.subarray(0, received.length));
        assert(received.length <= place, `${received.length} bytes`);
        const [none, clientError] = await clientReads;
        assertEquals(none.length, 0);
        // Where nothing can be reset this looks like the end, but not over TLS.
        const canTell = kind.canReset || kind.isTls;
        if (canTell || error !== null) assertLinkLost(error);
        if (canTell || clientError !== null) assertLinkLost(clientError);
        const outcome = await writing;
        assert("error" in outcome);
        assertLinkLost(outcome.error);
      },
    );
  }

  if (!kind.isTls) return;
  testLinked(
    kind,
    "tells a cut from the end, also where the system sees only an end",
    { up: { endAt: 40_000 } },
    async (client, server) => {
      const writing = outcomeOf(client.write(pattern(200_000)));
      const [received, error] = await readOut(server);
      assert(received.length < 40_000, `${received.length} bytes`);
      assertSameBytes(received, pattern(received.length));
      assert(error instanceof Deno.errors.UnexpectedEof, String(error));
      client.terminate();
      await writing;
    },
  );
}
