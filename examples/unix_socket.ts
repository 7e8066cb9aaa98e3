/**
 * Recipe: a Unix socket, for programs on one machine (Node's IPC).
 *
 * A socket is a file, so it needs more permissions than the other examples;
 * without them the program says so and ends.
 *
 * ```sh
 * deno run --allow-net --allow-read --allow-write examples/unix_socket.ts
 * ```
 *
 * @module
 */

import { dialUnix, listenUnix } from "../tcp/mod.ts";

/** Whether all permissions are there, which is not to ask for them. */
function isAllowed(...names: ("net" | "read" | "write")[]): boolean {
  return names.every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}

async function main(): Promise<void> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/example.sock`;
  // Only this user may connect. A stale file of a crashed server is replaced.
  const listener = await listenUnix(path, { mode: 0o600 });
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  try {
    using client = await dialUnix(path, { timeout: 5000 });
    await client.writeString("hello\n");
    console.log(`Got "${await client.readLine()}" back`);
  } finally {
    // Closing the listener removes the file.
    await listener.shutdown({ timeout: 1000 });
    await serving;
    await Deno.remove(directory);
  }
}

if (isAllowed("net", "read", "write")) await main();
else {
  console.log("Unix sockets need --allow-net --allow-read --allow-write");
}
