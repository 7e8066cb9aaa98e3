// Shares a port with other processes, for the tests of listenTcpShared():
// `_shared_program.ts NAME [PORT]` tells its port and answers each connection
// with its name, until the end of its input. Then it tells how many came.
import { listenTcpShared } from "../../../tcp/listen_tcp_shared.ts";

const [name = "", port = "0"] = Deno.args;
const listener = await listenTcpShared(`127.0.0.1:${port}`);
console.log(listener.addr.port);
const serving = listener.serve((conn) => conn.writeString(`${name}\n`).then());
const reader = Deno.stdin.readable.getReader();
while (!(await reader.read()).done) { /* Until the end. */ }
console.log(listener.acceptedCount);
await listener.shutdown({ timeout: 5000 });
await serving;
