// Listens, for the tests of permissions and families: tells the host that each
// address on the command line came to, or the name of the error.
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTcpShared } from "../../../tcp/listen_tcp_shared.ts";

for (const address of Deno.args) {
  for (const listen of [listenTcp, listenTcpShared]) {
    try {
      using listener = await listen(address);
      console.log(listener.addr.hostname);
    } catch (error) {
      console.log(error instanceof Error ? error.name : error);
    }
  }
}
