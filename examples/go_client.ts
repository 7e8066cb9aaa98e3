/**
 * A client for line protocols: it sends typed lines, and prints the server's.
 *
 * It is the Go document's `client.go`, which is `io.Copy` both ways. At the end of
 * the input it ends its direction and still prints the answers; the original
 * closes at once, which loses the last answers. Without an argument it starts a
 * `go_chat_server.ts` itself, else it dials that port or that address.
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
  // Deno can't cancel a read of standard input, so the program exits.
  Deno.exit();
});
await copy(Deno.stdin, conn);
await conn.closeWrite();
await printing;
