// A server for the test of a process that has few files to open: it tells its
// port, greets each client and waits until that has gone, and reports at the
// end of its input. With the argument "shared" others may share its port.
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTcpShared } from "../../../tcp/listen_tcp_shared.ts";

const listener = Deno.args[0] === "shared"
  ? await listenTcpShared("127.0.0.1:0")
  : listenTcp("127.0.0.1:0");
const serving = listener.serve(async (conn) => {
  await conn.writeString("hello\n");
  await conn.read(new Uint8Array(1));
});
console.log(listener.addr.port);
const reader = Deno.stdin.readable.getReader();
while (!(await reader.read()).done) { /* Until the end. */ }
const { acceptedCount: accepted, errorCount: errors } = listener;
console.log(JSON.stringify({ accepted, errors }));
await listener.shutdown({ timeout: 1000 });
await serving;
