/**
 * A TCP client, with everything that the Net module document lists of one.
 *
 * Each comment names the event, property or method of Node's `net.Socket`. The
 * client talks to `net_module_server.ts`. Without an argument it starts one itself,
 * else it dials that port or that address.
 *
 * ```sh
 * deno run --allow-net examples/net_module_client.ts
 * deno run --allow-net examples/net_module_client.ts 8124
 * ```
 *
 * @module
 */

import { addressFamily, dialTcp, type TcpConn } from "../tcp/mod.ts";
import { startServer } from "./net_module_server.ts";

const [argument] = Deno.args;
const server = argument === undefined ? startServer(0) : undefined;
const address = server?.addr ??
  (argument?.includes(":") ? argument : `127.0.0.1:${argument}`);

// net.createConnection(options), socket.connect(). It rejects for a host without an
// address, a refusal or a limit: the event "error".
const client = await dialTcp(address, { timeout: 5000 });
// The events "connect" and "ready": a dialled connection is open.
console.log("client: connected");
showEnds(client);

// socket.setTimeout(ms, callback), the event "timeout". As in Node it is only a
// notice, unless "close" takes the place of the callback; bytes restart it.
client.setIdleTimeout(3000, () => client.close());
// The event "close" comes once, whatever has ended the connection.
client.closed.then(() => console.log(`client: closed, it is ${client.state}`));

try {
  await talk(client);
} catch (error) {
  // The event "error", before "close" with hadError = true.
  console.log(`client: failed: ${error}`);
}
// socket.destroy(), which is not needed here as both directions have ended.
client.close();
// socket.bytesRead, socket.bytesWritten
const { bytesRead, bytesWritten } = client;
console.log(`client: ${bytesRead} bytes read, ${bytesWritten} written`);
await server?.shutdown();

/** Shows the two ends of the connection. */
function showEnds({ localAddr, remoteAddr }: TcpConn): void {
  // socket.localAddress, socket.localPort, socket.address()
  console.log(`client: here ${localAddr.hostname} port ${localAddr.port}`);
  // socket.remoteAddress, socket.remotePort, socket.remoteFamily
  const { hostname, port } = remoteAddr;
  const family = addressFamily(remoteAddr);
  console.log(`client: there ${hostname} port ${port}, ${family}`);
}

/** Says something, then all it has left to say, and reads the answers. */
async function talk(conn: TcpConn): Promise<void> {
  // socket.write(data, callback): the callback is the promise, and so is the
  // event "drain". socket.bufferSize is `bufferedBytes`.
  await conn.writeString("hello\n");
  console.log(`client: sent, ${conn.bufferedBytes} bytes wait`);

  // socket.setEncoding("utf8"): strings, not bytes. `lines()` decodes too.
  const reader = conn.readable.pipeThrough(new TextDecoderStream()).getReader();
  // socket.resume() is to read, socket.pause() is not to read: the peer's data
  // then waits in the system, whose full buffer stops the peer.
  const first = await reader.read();
  // The event "data"
  console.log(`client: received ${JSON.stringify(first.value)}`);

  // socket.end(data): a last write, then FIN. Reading goes on.
  await conn.writeString("goodbye\n");
  await conn.closeWrite();
  let rest = "";
  for (
    let { value, done } = await reader.read();
    !done;
    { value, done } = await reader.read()
  ) rest += value;
  // The event "end"
  console.log(`client: received ${JSON.stringify(rest)}, and that was all`);
}
