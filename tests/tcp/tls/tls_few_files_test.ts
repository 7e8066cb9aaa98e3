import { assert, assertEquals } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import { FewFilesServer } from "../support/_few_files_server.ts";
import { until } from "../support/_outcomes.ts";
import { caCert } from "../../certificates.ts";

const PROGRAM = import.meta.resolve("../programs/_few_files_tls_program.ts");
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const TRUST = { caCerts: [caCert], ...HANGS };

/** Gets greeted. A handshake that takes too long for others is tried again. */
async function greet(address: Deno.NetAddr): Promise<void> {
  for (;;) {
    try {
      using conn = await dialTls(address, TRUST);
      assertEquals(await conn.readLine(HANGS), "hello");
      return;
    } catch (error) {
      if (!isGivenUp(error)) throw error;
    }
  }
}

/** Whether a connection had to give its place up to others. */
function isGivenUp(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.ConnectionReset;
}

const ignore = !FewFilesServer.isAvailable;

Deno.test({
  name:
    "silent clients that take all files of a TLS listener give way to others",
  ignore,
  fn: async () => {
    await using server = new FewFilesServer(64, PROGRAM);
    const address = await server.address();
    const dials = Array.from({ length: 90 }, () => dialTcp(address));
    const silent = await Promise.all(dials);
    using client = await dialTls(address, TRUST);
    assertEquals(await client.readLine(HANGS), "hello");
    const { errors } = await server.report();
    assert(errors > 0, "The limit was never reached");
    assert(errors < 1000, `Accepting has failed ${errors} times`);
    for (const conn of silent) conn.terminate();
    client.close();
  },
});

Deno.test({
  name: "a TLS listener with 64 files goes on accepting when one gets free",
  ignore,
  fn: async () => {
    await using server = new FewFilesServer(64, PROGRAM);
    const address = await server.address();
    // All are there before the first goes: more than there are files.
    const conns = await Promise.all(
      Array.from({ length: 100 }, () => dialTcp(address)),
    );
    await server.lacksFiles();
    for (const conn of conns) conn.terminate();
    await Promise.all(Array.from({ length: 100 }, () => greet(address)));
    using after = await dialTls(address, TRUST);
    assertEquals(await after.readLine(HANGS), "hello");
  },
});

for (const backend of ["layer", "runtime"]) {
  Deno.test({
    name:
      `a TLS listener whose connections take all files accepts as one goes (${backend})`,
    ignore,
    fn: async () => {
      await using server = new FewFilesServer(64, PROGRAM, backend);
      const address = await server.address();
      const greeted: TlsConn[] = [];
      const dial = async () => {
        const conn = await dialTls(address, TRUST);
        assertEquals(await conn.readLine(HANGS), "hello");
        greeted.push(conn);
      };
      const dials: Promise<void>[] = [];
      let isFull = false;
      while (!isFull) {
        const { length } = greeted;
        dials.push(dial());
        while (greeted.length === length && !isFull) {
          isFull = (await server.report()).errors > 0;
        }
      }
      // Those that have a file keep it: there is nothing to give up for others.
      for (let round = 0; round < 3; round++) {
        const { length } = greeted;
        dials.push(dial());
        greeted[round]?.terminate();
        await until(() => greeted.length > length);
      }
      for (const conn of greeted) conn.terminate();
      await Promise.all(dials);
      for (const conn of greeted) conn.terminate();
    },
  });
}
