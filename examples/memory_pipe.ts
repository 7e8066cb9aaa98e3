/**
 * Recipe: testing a protocol in memory, with `pipe()` in place of sockets.
 *
 * The function under test takes any connection; a test gives it one end of a
 * pipe and plays the peer at the other. It needs no port, and no permission. In
 * a test file, each of the checks is a `Deno.test`, with `assertEquals` of
 * `@std/assert`.
 *
 * ```sh
 * deno run --allow-net examples/memory_pipe.ts
 * ```
 *
 * @module
 */

import type { StreamConn } from "../tcp/mod.ts";
import { pipe } from "../tcp/testing.ts";

/** The function under test: asks for a name, and greets. */
async function greet(conn: StreamConn<unknown>): Promise<void> {
  await conn.writeString("Who are you?\n");
  const name = await conn.readLine({ timeout: 200 });
  await conn.writeString(name === null ? "Bye\n" : `Hello, ${name}!\n`);
  await conn.closeWrite();
}

function check(what: string, actual: unknown, expected: unknown): void {
  console.log(`${actual === expected ? "ok" : "FAILED"}: ${what}`);
  if (actual !== expected) Deno.exitCode = 1;
}

{
  const [client, server] = pipe();
  using _client = client;
  using _server = server;
  const greeting = greet(server);
  check("it asks", await client.readLine(), "Who are you?");
  // The name arrives in two pieces, which must make no difference.
  await client.writeString("An");
  await client.writeString("n\n");
  check("it greets", await client.readLine(), "Hello, Ann!");
  check("it ends", await client.readLine(), null);
  await greeting;
}
{
  const [client, server] = pipe();
  using _client = client;
  using _server = server;
  await client.closeWrite();
  await greet(server);
  await client.readLine();
  check("it notices who leaves", await client.readLine(), "Bye");
}
{
  const [client, server] = pipe();
  using _client = client;
  using _server = server;
  const outcome = await greet(server).catch((error) => error.name);
  check("it waits for nobody for ever", outcome, "TimeoutError");
}
