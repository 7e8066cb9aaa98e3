/**
 * Recipe: TLS with an authority of one's own.
 *
 * The server has a certificate that this authority has signed, and the client
 * trusts it for this one connection. A client that does not know the authority
 * is refused. The certificate is the package's own for tests, valid until 2119
 * for `localhost` and `127.0.0.1`; its key is public, so never use it for
 * anything real. This makes one that is yours:
 *
 * ```sh
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
 *   -subj "/CN=My authority" -days 3650 -keyout ca.key -out ca.pem
 * openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
 *   -subj "/CN=localhost" -keyout server.key -out server.csr
 * echo "subjectAltName=DNS:localhost,IP:127.0.0.1" > server.ext
 * openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 365 \
 *   -extfile server.ext -out server.pem
 * ```
 *
 * ```sh
 * deno run --allow-net examples/tls_own_ca.ts
 * ```
 *
 * @module
 */

import { dialTls, listenTls } from "../tcp/mod.ts";
import { testCertificate } from "../tcp/testing.ts";

// With files: await Deno.readTextFile("server.pem"), which takes --allow-read.
const { cert, key, caCert } = testCertificate;

const listener = listenTls("127.0.0.1:0", { cert, key });
const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));

using client = await dialTls(listener.addr, {
  // The name of the certificate, if it is not the address.
  serverName: "localhost",
  caCerts: [caCert],
  timeout: 5000,
});
await client.writeString("a secret\n");
console.log(`client: got "${await client.readLine()}" back`);

try {
  await dialTls(listener.addr, { timeout: 5000 });
} catch (error) {
  if (!(error instanceof Deno.errors.InvalidData)) throw error;
  console.log("client: the authority is unknown without caCerts");
}
await client.closeWrite();
await listener.shutdown();
await serving;
