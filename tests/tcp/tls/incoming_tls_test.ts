import { assertEquals, assertInstanceOf } from "@std/assert";
import { IncomingTls } from "../../../tcp/tls/_incoming_tls.ts";
import { TlsServer } from "../../../tcp/tls/_tls_server.ts";
import { serverCert, serverKey } from "../../certificates.ts";
import { errorOf } from "../support/_outcomes.ts";

Deno.test("a handshake that makes room for others says so once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const { hostname, port } = listener.addr;
  using client = await Deno.connect({ hostname, port });
  const incoming = new IncomingTls(await accepting);
  const keys = { cert: serverCert, key: serverKey };
  const server = new TlsServer(keys, "Cannot listen");

  const failed = errorOf(incoming.handshake(server, Infinity, {}));
  incoming.close();

  const error = await failed;
  assertInstanceOf(error, Deno.errors.Interrupted);
  assertEquals(
    error.message,
    `Cannot complete the TLS handshake with ${hostname}:${client.localAddr.port}: it was given up for newer connections`,
  );
  assertEquals(await client.read(new Uint8Array(1)), null);
});
