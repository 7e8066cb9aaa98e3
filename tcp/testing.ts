/**
 * Tools for tests of network programs: connections in memory, and a certificate.
 *
 * {@linkcode pipe} makes two connected ends that behave as TCP connections do,
 * limits, half-close and backpressure included, and need no port and no
 * permission. {@linkcode testCertificate} is for programs that speak TLS.
 *
 * @example Usage
 * ```ts
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * async function greet(conn: { writeString(text: string): Promise<number> }) {
 *   await conn.writeString("hello\n");
 * }
 *
 * const [client, server] = pipe();
 * using _client = client;
 * using _server = server;
 * await greet(server);
 * assertEquals(await client.readLine(), "hello");
 * ```
 *
 * @module
 */

export { pipe, type PipeAddr, PipeConn } from "./pipe.ts";
export {
  type TestCertificate,
  testCertificate,
} from "./tls/test_certificate.ts";
