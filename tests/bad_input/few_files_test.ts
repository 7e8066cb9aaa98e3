import { assert, assertEquals } from "@std/assert";
import { requestHead } from "../conformance/_ends.ts";
import {
  CLOSE,
  closeBytes,
  RawPeer,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";
import { testAttack } from "./_attack.ts";

const PROGRAM = import.meta.resolve("./_few_files_program.ts");

const canRun = Deno.build.os !== "windows" &&
  (["run", "read"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** Runs the program with so many files. */
function runWithFewFiles(files: number): Deno.ChildProcess {
  const run = [Deno.execPath(), "run", "--no-prompt", "--allow-net", PROGRAM];
  return new Deno.Command("bash", {
    args: ["-c", 'ulimit -n "$0" && exec "$@"', `${files}`, ...run],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

testAttack(
  "a WebSocket server with 120 files goes on serving under 200 dials",
  async () => {
    await using child = runWithFewFiles(120);
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value: greeting = "" } = await lines.read();
    const port = Number(greeting);
    const dial = async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      return new RawPeer(conn, "client");
    };
    // All are there before the first says anything: more than there are files.
    const peers = await Promise.all(Array.from({ length: 200 }, dial));
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

    await child.stdin.close();
    const { value: report = "" } = await lines.read();
    const { accepted, errors } = JSON.parse(report);
    assertEquals(accepted, 201);
    assert(errors > 0, "The limit was never reached");
    // With pauses from 5 ms on, doubled, thousands of errors would be a spin.
    assert(errors < 500, `Accepting has failed ${errors} times`);
    await lines.cancel();
    assertEquals((await child.status).code, 0);
  },
  { ignore: !canRun },
);
