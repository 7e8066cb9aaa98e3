import { assert, assertEquals, AssertionError } from "@std/assert";
import type { StreamConn } from "../../tcp/stream_conn.ts";
import { assertSameBytes, drain, pattern } from "../tcp/_bytes.ts";
import type { Outcome } from "../property/_outcome.ts";
import { type Course, FaultRelay, type Faults } from "../_fault_relay.ts";

type Conn = StreamConn<unknown>;

/** A listener to put a relay in front of. */
interface Listener extends Disposable {
  readonly addr: Deno.NetAddr;
  accept(wait?: { timeout: number }): Promise<Conn>;
}

/** How one kind of connection is made. */
export interface StreamKind {
  readonly name: string;
  listen(): Listener;
  dial(addr: Deno.NetAddr): Promise<Conn>;
}

const HANGS = { timeout: 10_000 };
const SIZE = 300_000;

/** What does not lose anything. */
export const HARMLESS: Record<string, Course> = {
  "passes on everything at once": {},
  "passes on pieces of 1,001 bytes": { slice: 1001, delay: 1 },
  "holds up every piece": { slice: 20_000, delay: 3 },
  "stalls for a while": { stallAt: 100_000 },
};

/** Connects through a relay, and runs a test with both ends. */
async function connect(
  kind: StreamKind,
  faults: Faults,
  run: (client: Conn, server: Conn, relay: FaultRelay) => Promise<void>,
): Promise<void> {
  using listener = kind.listen();
  await using relay = await FaultRelay.start(listener.addr, faults);
  const accepting = listener.accept(HANGS);
  using client = await kind.dial(relay.addr);
  using server = await accepting;
  await run(client, server, relay);
}

/** Reads to the end, and tells what came and how it ended. */
async function readOut(conn: Conn): Promise<[Uint8Array, unknown]> {
  const pieces: number[] = [];
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const length = await conn.read(buffer, HANGS);
      if (length === null) return [Uint8Array.from(pieces), null];
      for (let at = 0; at < length; at++) pieces.push(buffer[at]);
    }
  } catch (error) {
    return [Uint8Array.from(pieces), error];
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
export function testStreamFaults(kind: StreamKind): void {
  for (const [what, course] of Object.entries(HARMLESS)) {
    Deno.test(`${kind.name} carries everything both ways through a relay that ${what}`, async () => {
      const faults = { up: course, down: course };
      await connect(kind, faults, async (client, server, relay) => {
        const there = pattern(SIZE);
        const back = pattern(SIZE, 77);
        relay.stalled.then(() => relay.release());
        const [atServer, atClient] = await Promise.all([
          drain(server),
          drain(client),
          client.write(there).then(() => client.closeWrite()),
          server.write(back).then(() => server.closeWrite()),
        ]);
        assertSameBytes(atServer, there);
        assertSameBytes(atClient, back);
        await Promise.all([client.closed, server.closed]);
      });
    });
  }

  Deno.test(`${kind.name} echoes through a relay that passes on single bytes`, async () => {
    const faults = { up: { slice: 1 }, down: { slice: 1 } };
    await connect(kind, faults, async (client, server) => {
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
    });
  });

  Deno.test(`${kind.name} times out behind a relay that stalls, and loses nothing by it`, async () => {
    const stallAt = kind.name === "TLS" ? 20_000 : 5000;
    await connect(kind, { up: { stallAt } }, async (client, server, relay) => {
      const data = pattern(60_000);
      const writing = client.write(data).then(() => client.closeWrite());
      await relay.stalled;
      const first: Uint8Array[] = [];
      const buffer = new Uint8Array(4096);
      for (;;) {
        const outcome = await outcomeOf(server.read(buffer, { timeout: 30 }));
        if ("error" in outcome) {
          assert(outcome.error instanceof DOMException);
          assertEquals(outcome.error.name, "TimeoutError");
          break;
        }
        first.push(buffer.slice(0, Number(outcome.value)));
      }
      relay.release();
      const rest = await drain(server);
      await writing;
      assertSameBytes(
        Uint8Array.from([...first.flatMap((it) => [...it]), ...rest]),
        data,
      );
    });
  });

  for (const resetAt of [1, 1000, 65_537]) {
    // TLS counts the bytes of its handshake too: these are behind it.
    const place = kind.name === "TLS" ? resetAt + 5000 : resetAt;
    Deno.test(`${kind.name} tells both ends of a reset after ${resetAt} bytes, and what came is right`, async () => {
      const faults = { up: { resetAt: place } };
      await connect(kind, faults, async (client, server) => {
        const data = pattern(4 * 2 ** 20);
        const writing = outcomeOf(client.write(data));
        const clientReads = readOut(client);
        const [received, error] = await readOut(server);
        assertSameBytes(received, data.subarray(0, received.length));
        assert(received.length <= place, `${received.length} bytes`);
        assertLinkLost(error);
        const [none, clientError] = await clientReads;
        assertEquals(none.length, 0);
        assertLinkLost(clientError);
        const outcome = await writing;
        assert("error" in outcome);
        assertLinkLost(outcome.error);
      });
    });
  }
}
