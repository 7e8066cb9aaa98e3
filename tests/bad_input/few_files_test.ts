import { assert, assertEquals } from "@std/assert";
import { requestHead } from "../conformance/_ends.ts";
import {
  CLOSE,
  closeBytes,
  RawPeer,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";
import { FewFilesServer } from "../tcp/support/_few_files_server.ts";
import { testAttack } from "./_attack.ts";

const PROGRAM = import.meta.resolve("./_few_files_program.ts");

testAttack(
  "a WebSocket server with 120 files goes on serving under 200 dials",
  async () => {
    await using server = new FewFilesServer(120, PROGRAM);
    const { hostname, port } = await server.address();
    const dial = async () => {
      const conn = await Deno.connect({ hostname, port });
      return new RawPeer(conn, "client");
    };
    // All are there before the first says anything: more than there are files.
    const peers = await Promise.all(Array.from({ length: 200 }, dial));
    await server.lacksFiles();
    const use = async (peer: RawPeer) => {
      await peer.send(toBytes(requestHead()));
      assert((await peer.receiveHead()).startsWith("HTTP/1.1 101 "));
      await peer.sendFrame(TEXT, "hello");
      assertEquals((await peer.receive())?.payload, toBytes("hello"));
      await peer.sendFrame(CLOSE, closeBytes(1000));
      assertEquals((await peer.receive())?.opcode, CLOSE);
      assertEquals(await peer.receive(), undefined);
      peer.close();
    };
    // Each is served in its turn: a place gets free when one is done.
    await Promise.all(peers.map(use));
    await use(await dial());

    const { accepted, errors } = await server.report();
    assertEquals(accepted, 201);
    // With pauses from 5 ms on, doubled, thousands of errors would be a spin.
    assert(errors < 500, `Accepting has failed ${errors} times`);
  },
  { ignore: !FewFilesServer.isAvailable },
);
