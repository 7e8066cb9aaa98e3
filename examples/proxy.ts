/**
 * Recipe: a TCP proxy that passes on both directions, each until its end, and
 * tells its upstream the address of each client by the PROXY protocol.
 *
 * Without arguments it shows itself, with an upstream and a client of its own.
 * With two it passes connections to the first on to the second, which has to
 * take the header: a listener with the option `proxyProtocol`, HAProxy with
 * `accept-proxy`, nginx with `listen … proxy_protocol`.
 *
 * ```sh
 * deno run --allow-net examples/proxy.ts
 * deno run --allow-net examples/proxy.ts 8080 127.0.0.1:7000
 * ```
 *
 * @module
 */

import {
  copy,
  dialTcp,
  encodeProxyHeader,
  joinAddress,
  listenTcp,
  readAll,
  type TcpAddress,
  type TcpConn,
} from "../tcp/mod.ts";

const [address, target] = Deno.args;
if (target === undefined) await demonstrate();
else await proxy(Number(address), target);

/** Passes connections on until the program is stopped. */
async function proxy(port: number, upstream: string): Promise<void> {
  const listener = listenTcp({ hostname: "127.0.0.1", port });
  console.log(`proxy: on port ${listener.addr.port}`);
  await listener.serve((client) => passOn(client, upstream), {
    onError: (error) => console.error(`proxy: ${error}`),
  });
}

/** Passes one connection on. */
async function passOn(client: TcpConn, address: TcpAddress): Promise<void> {
  const upstream = await dialTcp(address, { timeout: 5000 });
  const { remoteAddr: source, localAddr: destination } = client;
  try {
    // Before all other bytes, and before TLS if the client begins it.
    await upstream.write(encodeProxyHeader({ source, destination }));
    await Promise.all([copyAll(client, upstream), copyAll(upstream, client)]);
    upstream.close();
  } catch (error) {
    // What one end has not received whole must not look whole to the other.
    upstream.terminate();
    client.terminate();
    throw error;
  }
}

/** Copies one direction, and its end: the other one may stay open. */
async function copyAll(from: TcpConn, to: TcpConn): Promise<void> {
  await copy(from, to);
  await to.closeWrite();
}

async function demonstrate(): Promise<void> {
  const upstream = listenTcp("127.0.0.1:0", {
    // Nobody else is believed.
    proxyProtocol: { from: ["127.0.0.1"] },
  });
  const serving = upstream.serve(async (conn) => {
    const { length } = await readAll(conn, { maxBytes: 1024 });
    const { hostname, port } = conn.remoteAddr;
    await conn.writeString(
      `${length} bytes of ${joinAddress(hostname, port)}\n`,
    );
  });
  const proxy = listenTcp("127.0.0.1:0");
  const passing = proxy.serve((client) => passOn(client, upstream.addr));

  using client = await dialTcp(proxy.addr);
  await client.writeString("a request");
  // The upstream waits for the end of the request, and then answers.
  await client.closeWrite();
  const { hostname, port } = client.localAddr;
  console.log(`client: at ${joinAddress(hostname, port)}`);
  console.log(`upstream: got ${await client.readLine()}`);

  proxy.close();
  await passing;
  upstream.close();
  await serving;
}
