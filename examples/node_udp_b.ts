/**
 * The other end of two over UDP: sends a part of a buffer and prints the
 * answer.
 *
 * It is the Node document's `b.js`, which sends six bytes from the third on,
 * two Chinese characters, from port 41235. Without arguments it starts an `a`
 * itself; else they are the port of `node_udp_a.ts`, and its own port.
 *
 * ```sh
 * deno run --allow-net examples/node_udp_b.ts
 * deno run --allow-net examples/node_udp_b.ts 41234 41235
 * ```
 *
 * @module
 */

import { listenUdp } from "../udp/mod.ts";
import { answerAll } from "./node_udp_a.ts";

const hostname = "127.0.0.1";
const [port = 0, ownPort = 0] = Deno.args.map(Number);

using a = port === 0 ? await listenUdp({ hostname, port }) : undefined;
const answering = a && answerAll(a);

using b = await listenUdp({ hostname, port: ownPort });
const buffer = new TextEncoder().encode("测试信息");
const [offset, length] = [3, 6];
// Node's offset and length are a view of the buffer, which copies nothing.
const part = buffer.subarray(offset, offset + length);
const bytes = await b.writeTo(a?.addr ?? { hostname, port }, part);
console.log(`b: sent ${bytes} bytes`);

try {
  const { data } = await b.receive({ timeout: 3000 });
  console.log(`b: got ${new TextDecoder().decode(data)}`);
} catch (error) {
  if (!(error instanceof DOMException)) throw error;
  console.log("b: got no answer; is node_udp_a.ts running?");
}
a?.close();
await answering;
