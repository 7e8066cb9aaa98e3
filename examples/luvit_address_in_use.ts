/**
 * A server that waits for its port: while the port is in use, it tries again.
 *
 * It is the Luvit document's example for the error EADDRINUSE. Without an
 * argument it uses a port itself and frees it after a moment; with one it waits for
 * that port up to ten seconds, and frees it again.
 *
 * Outside of a checkout it needs JSR, for `retry` of `@std/async`: the only
 * package in these examples.
 *
 * ```sh
 * deno run --allow-net examples/luvit_address_in_use.ts
 * deno run --allow-net examples/luvit_address_in_use.ts 8124
 * ```
 *
 * @module
 */

import { retry } from "jsr:@std/async@^1.5.0/retry";
import { listenTcp, type TcpListener } from "../tcp/mod.ts";

const hostname = "127.0.0.1";

/** Listens on a port of this machine, and says so if it is taken. */
function listen(port: number): TcpListener {
  try {
    return listenTcp({ hostname, port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.log("Address in use, trying again...");
    throw error;
  }
}

const [argument] = Deno.args;
let port = Number(argument);
if (argument === undefined) {
  const other = listen(0);
  port = other.addr.port;
  setTimeout(() => other.close(), 500);
}

await using listener = await retry(() => listen(port), {
  // Once a second as in the document; more often for its own port.
  minTimeout: argument === undefined ? 300 : 1000,
  multiplier: 1,
  jitter: 0,
  maxAttempts: 10,
  isRetriable: (error) => error instanceof Deno.errors.AddrInUse,
});
console.log(`Listening on port ${listener.addr.port}`);
