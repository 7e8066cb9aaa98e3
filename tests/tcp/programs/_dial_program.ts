// Dials, for the tests of permissions, and tells whom it has reached or the name
// of the error: `_dial_program.ts ADDRESS [NETWORK] [aborted | from=LOCAL]`.
import { dialTcp, type TcpNetwork } from "../../../tcp/dial_tcp.ts";

const [address = "", network = "tcp", how = ""] = Deno.args;
const controller = new AbortController();
try {
  const dialling = dialTcp(address, {
    network: network as TcpNetwork,
    signal: controller.signal,
    ...(how.startsWith("from=") && { localAddress: how.slice(5) }),
    timeout: 10_000,
  });
  if (how === "aborted") controller.abort(new RangeError("Stopped"));
  using conn = await dialling;
  console.log(`${conn.peerIp}:${conn.remoteAddr.port}`);
} catch (error) {
  console.log(error instanceof Error ? error.name : error);
}
