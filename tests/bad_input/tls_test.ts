import { assert, assertEquals } from "@std/assert";
import { type Conn, type KindName, kindOf } from "../tcp/support/kinds.ts";
import { errorOf } from "../tcp/support/_outcomes.ts";
import { testAttack } from "./_attack.ts";
import { HANGS } from "./_bystander.ts";
import {
  connectTampered,
  type Tampered,
  type TamperedWay,
} from "./_tampered.ts";

const KINDS: readonly KindName[] = ["tls", "tls/tcp", "tls/unix", "tls/pipe"];

/** Application data by its header: what is in it is nobody's secret. */
function record(type: number, length: number, sent = length): Uint8Array {
  const bytes = new Uint8Array(5 + sent).fill(0x5a);
  bytes.set([type, 3, 3, length >> 8, length & 0xff]);
  return bytes;
}

/** A whole and harmless renegotiation of TLS 1.2, in plain text. */
const CLIENT_HELLO = Uint8Array.from([
  ...[22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3],
  ...new Uint8Array(32),
  ...[0, 0, 2, 0x13, 1, 1, 0],
]);

interface Attack {
  /** What is done to the bytes on their way to the victim. */
  readonly run: (way: TamperedWay, attacker: Conn) => Promise<void>;
  readonly error: new (message?: string) => Error;
}

const { InvalidData, UnexpectedEof } = Deno.errors;

const ATTACKS: Record<string, Attack> = {
  "a record with a wrong MAC": {
    run: async (way, attacker) => {
      way.tamper = (bytes) => {
        bytes[bytes.length - 1] ^= 1;
        return bytes;
      };
      await attacker.writeString("changed on its way");
    },
    error: InvalidData,
  },
  "a record that comes twice": {
    run: async (way, attacker) => {
      way.tamper = (bytes) => Uint8Array.from([...bytes, ...bytes]);
      await attacker.writeString("again\n");
    },
    error: InvalidData,
  },
  "half a record, then the end": {
    run: async (way, attacker) => {
      way.tamper = (bytes) => bytes.subarray(0, bytes.length / 2);
      await attacker.writeString("cut in two");
      // What comes behind it is not sent.
      way.tamper = () => new Uint8Array(0);
      await way.end();
    },
    error: UnexpectedEof,
  },
  "the end without close_notify": {
    run: (way) => way.end(),
    error: UnexpectedEof,
  },
  "plain text between the records": {
    run: (way) =>
      way.inject(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")),
    error: InvalidData,
  },
  "random bytes": {
    run: (way) => way.inject(crypto.getRandomValues(new Uint8Array(4000))),
    error: InvalidData,
  },
  "a record of an unknown type": {
    run: (way) => way.inject(record(99, 100)),
    error: InvalidData,
  },
  "a record that is longer than records may be": {
    run: (way) => way.inject(record(23, 0xffff, 20_000)),
    error: InvalidData,
  },
  "a handshake in plain text": {
    run: (way) => way.inject(CLIENT_HELLO),
    error: InvalidData,
  },
  "an alert in plain text": {
    run: (way) => way.inject(Uint8Array.from([21, 3, 3, 0, 2, 1, 0])),
    error: InvalidData,
  },
};

/** Checks what becomes of one side after an attack on what it reads. */
async function assertFails(
  victim: Conn,
  error: Attack["error"],
): Promise<void> {
  const buffer = new Uint8Array(100);
  const failure = await errorOf((async () => {
    while (await victim.read(buffer, HANGS) !== null) {
      /* The record itself. */
    }
  })());
  assert(failure instanceof error, String(failure));
  assert(failure.message.startsWith("Cannot read from "), failure.message);
  // It is no accident of one call.
  assert(await errorOf(victim.read(buffer, HANGS)) instanceof Error);
}

for (const kind of KINDS) {
  for (const [what, { run, error }] of Object.entries(ATTACKS)) {
    for (const side of ["server", "client"] as const) {
      testAttack(
        `a ${side} that gets ${what} fails with one error (${kind})`,
        async () => {
          await using ends: Tampered = await connectTampered(kind);
          const { client, server, toServer, toClient } = ends;
          const isServer = side === "server";
          const [victim, attacker, way] = isServer
            ? [server, client, toServer]
            : [client, server, toClient];
          await attacker.writeString("good\n");
          assertEquals(await victim.readLine(HANGS), "good");
          await run(way, attacker);
          await assertFails(victim, error);
          victim.close();
          await victim.closed;
        },
        { ignore: !kindOf(kind).isAvailable },
      );
    }
  }
}
