import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import {
  CLOSE,
  closeBytes,
  type FrameSpec,
  type RawPeer,
  toBytes,
} from "./_raw_peer.ts";
import {
  type Ends,
  type EndsOptions,
  openEnds,
  PLACES,
  type Side,
} from "./_ends.ts";

/** What our side answers with: an opcode and a payload. */
export type Answer = readonly [opcode: number, payload: Uint8Array | string];

/** What the peer sends at once, and what comes back to that. */
export interface Exchange {
  readonly send: readonly FrameSpec[];
  /** The frames that come back before the close frame. */
  readonly answers?: readonly Answer[];
}

/** A case of the suite: what the peer sends, and all that comes back. */
export interface Case extends Exchange {
  /** Its number in the Autobahn suite. */
  readonly id: string;
  /** In one segment unless pieces of some size are asked for, or frames. */
  readonly chop?: number | "frames";
  /** What follows once all answers are there. */
  readonly later?: Exchange;
  /**
   * Who ends it, and how: the code that our side fails with; the payload of our
   * side's close frame, if `send` closes; without both the peer closes with 1000
   * once it has all answers.
   */
  readonly fails?: number;
  readonly closes?: Uint8Array;
}

/** The limits that the suite needs: messages of 16 MiB. */
export const WIDE: EndsOptions = {
  maxMessageSize: 16 * 2 ** 20,
  maxFragments: 2 ** 20,
  pingInterval: Infinity,
};

/** What a case that hangs gets before its links are closed. */
const PATIENCE = 60_000;

/** Sends every message back until the connection ends. */
export async function echo(socket: WebSocketConn): Promise<void> {
  try {
    for (;;) {
      const message = await socket.read();
      if (message === null) return;
      await socket.write(message);
    }
  } catch {
    // How it ended, `socket.closed` tells.
  }
}

/** Registers the cases of a group, on both sides over both transports. */
export function testGroup(
  name: string,
  cases: readonly Case[],
  options: EndsOptions = WIDE,
): void {
  for (const [side, transport] of PLACES) {
    Deno.test(`a ${side} over ${transport} passes ${name}`, async () => {
      const failures: string[] = [];
      for (const item of cases) {
        try {
          await runCase(await openEnds(side, transport, options), side, item);
        } catch (error) {
          failures.push(`${item.id}: ${error}`);
        }
      }
      assertEquals(failures, []);
    });
  }
}

async function runCase(ends: Ends, side: Side, item: Case): Promise<void> {
  using _ends = ends;
  const { socket, peer } = ends;
  const watchdog = setTimeout(() => {
    socket.terminate();
    peer.close();
  }, PATIENCE);
  const echoing = echo(socket);
  try {
    const exchanges = item.later === undefined ? [item] : [item, item.later];
    for (const { send, answers = [] } of exchanges) {
      const sending = peer.sendFrames(send, item.chop);
      for (const answer of answers) await expectFrame(peer, answer);
      await sending;
    }
    await expectEnd(peer, side, item);
    const { code, wasClean } = await socket.closed;
    const expected = item.fails ?? sentCode(item);
    assertEquals({ code, wasClean }, {
      code: expected,
      wasClean: item.fails === undefined,
    });
    await echoing;
  } finally {
    clearTimeout(watchdog);
  }
}

async function expectFrame(
  peer: RawPeer,
  [opcode, payload]: Answer,
): Promise<void> {
  const frame = await peer.receive();
  if (frame === undefined) throw new Error(`Ended, expected ${opcode}`);
  const { fin, rsv } = frame;
  if (frame.opcode !== opcode || !fin || rsv !== 0) {
    throw new Error(
      `Expected opcode ${opcode}, got ${frame.opcode} (fin ${fin}, rsv ${rsv})`,
    );
  }
  assertBytes(frame.payload, toBytes(payload));
}

/** Compares quickly what is often large. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  if (expected.length < 1000) assertEquals(actual, expected);
  throw new Error(`Expected ${expected.length} bytes, got others`);
}

async function expectEnd(
  peer: RawPeer,
  side: Side,
  item: Case,
): Promise<void> {
  const { fails, closes } = item;
  if (fails === undefined && closes === undefined) {
    await peer.sendFrame(CLOSE, closeBytes(1000));
  }
  const frame = await peer.receive();
  assertEquals(frame?.opcode, CLOSE);
  if (frame === undefined) return;
  if (fails !== undefined) {
    assertEquals(new DataView(frame.payload.buffer).getUint16(0), fails);
    await peer.sendFrame(CLOSE, frame.payload.subarray(0, 2));
  } else assertEquals(frame.payload, closes ?? closeBytes(1000));
  // The server ends the stream first (RFC 6455 section 7.1.1).
  if (side === "client") peer.close();
  else assertEquals(await peer.receive(), undefined);
  peer.close();
}

/** The code of the close frame that ends a good case. */
function sentCode({ closes, send }: Case): number {
  if (closes === undefined) return 1000;
  const close = send.find(({ opcode }) => opcode === CLOSE);
  const payload = toBytes(close?.payload ?? "");
  return payload.length < 2 ? 1005 : payload[0] * 256 + payload[1];
}
