// Listens, for the tests of permissions and families: tells the host that each
// address on the command line came to, or the name of the error.
import { listenTcp } from "../../tcp/listen_tcp.ts";

for (const address of Deno.args) {
  try {
    using listener = listenTcp(address);
    console.log(listener.addr.hostname);
  } catch (error) {
    console.log(error instanceof Error ? error.name : error);
  }
}
