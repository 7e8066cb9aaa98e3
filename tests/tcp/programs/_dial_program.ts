// Dials, for the tests of permissions, and tells whom it has reached or the name
// of the error: `_dial_program.ts ADDRESS [NETWORK] [aborted]`.
import { dialTcp, type TcpNetwork } from "../../../tcp/dial_tcp.ts";

const [address = "", network = "tcp", aborted] = Deno.args;
const controller = new AbortController();
try {
  const dialling = dialTcp(address, {
    network: network as TcpNetwork,
    signal: controller.signal,
    timeout: 10_000,
  });
  if (aborted !== undefined) controller.abort(new RangeError("Stopped"));
  using conn = await dialling;
  console.log(`${conn.peerIp}:${conn.remoteAddr.port}`);
} catch (error) {
  console.log(error instanceof Error ? error.name : error);
}
