import { assert, assertEquals } from "@std/assert";
import { TextLineStream } from "@std/streams";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import { until } from "../support/_outcomes.ts";
import { caCert } from "../../certificates.ts";

const PROGRAM = import.meta.resolve("../programs/_few_files_tls_program.ts");
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 20_000 };
const TRUST = { caCerts: [caCert], ...HANGS };

const ignore = Deno.build.os === "windows" ||
  (["run", "read"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );

/** The program, with so many files to open. */
class Server implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(files: number, ...args: string[]) {
    const flags = ["--no-prompt", "--allow-net"];
    const run = [Deno.execPath(), "run", ...flags, PROGRAM, ...args];
    this.#child = new Deno.Command("bash", {
      args: ["-c", 'ulimit -n "$0" && exec "$@"', `${files}`, ...run],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  async address(): Promise<string> {
    return `127.0.0.1:${await this.#next()}`;
  }

  async report(): Promise<{ accepted: number; errors: number }> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return JSON.parse(await this.#next());
  }

  async #next(): Promise<string> {
    return (await this.#lines.read()).value ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#lines.cancel();
    assertEquals((await this.#child.status).code, 0);
  }
}

Deno.test({
  name:
    "silent clients that take all files of a TLS listener give way to others",
  ignore,
  fn: async () => {
    await using server = new Server(64);
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
    await using server = new Server(64);
    const address = await server.address();
    // All are there before the first goes: more than there are files.
    const conns = await Promise.all(
      Array.from({ length: 100 }, () => dialTcp(address)),
    );
    for (const conn of conns) conn.terminate();
    const greeted = await Promise.all(Array.from({ length: 100 }, async () => {
      using conn = await dialTls(address, TRUST);
      return await conn.readLine(HANGS);
    }));
    assertEquals(greeted, Array(100).fill("hello"));
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
      await using server = new Server(64, backend);
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
