// A server for the tests of a process that has few files to open: it greets each
// client and waits until that has gone, and reports on demand. With the argument
// "shared" others may share its port.
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTcpShared } from "../../../tcp/listen_tcp_shared.ts";
import { prepareForFewFiles, reportOnDemand } from "../support/_few_files.ts";

prepareForFewFiles();
const listener = Deno.args[0] === "shared"
  ? await listenTcpShared("127.0.0.1:0")
  : listenTcp("127.0.0.1:0");
const serving = listener.serve(async (conn) => {
  await conn.writeString("hello\n");
  await conn.read(new Uint8Array(1));
});
await reportOnDemand(listener);
await listener.shutdown({ timeout: 1000 });
await serving;
