/**
 * A client for anything that speaks lines: what is typed goes to the server,
 * what the server says is printed.
 *
 * It is the Go document's `client.go`, which is `io.Copy` both ways. When the
 * input ends it tells the server so and still prints what comes; the original
 * closes at once, which loses the last answers. Without an argument it joins a
 * `go_chat_server.ts` of its own, else the server on that port or at that
 * address.
 *
 * ```sh
 * deno run --allow-net examples/go_client.ts
 * deno run --allow-net examples/go_client.ts 2020
 * echo hello | deno run --allow-net examples/go_client.ts
 * ```
 *
 * @module
 */

import { copy, dialTcp, resolveTcpAddress } from "../tcp/mod.ts";
import { startChat } from "./go_chat_server.ts";

const [argument] = Deno.args;
const server = argument === undefined ? startChat(0) : undefined;
const address = server?.addr ?? await resolveTcpAddress(
  "tcp",
  argument?.includes(":") ? argument : `127.0.0.1:${argument}`,
);

using conn = await dialTcp(address);
const printing = copy(conn, Deno.stdout).then(() => {
  console.error("done");
  // Deno can't take a read of standard input back: leave though one waits.
  Deno.exit();
});
await copy(Deno.stdin, conn);
await conn.closeWrite();
await printing;
