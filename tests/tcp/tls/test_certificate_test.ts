import { assertEquals, assertRejects } from "@std/assert";
import { dialTls, type DialTlsOptions } from "../../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { testCertificate } from "../../../tcp/tls/test_certificate.ts";

const { cert, key, caCert } = testCertificate;

/** Dials a server that has the certificate, and tells what it says. */
async function greet(options: DialTlsOptions): Promise<string | null> {
  using listener = listenTls("127.0.0.1:0", { cert, key });
  const serving = listener.serve(async (conn) => {
    await conn.writeString("hello\n");
  });
  try {
    using conn = await dialTls(listener.addr, { timeout: 10_000, ...options });
    return await conn.readLine();
  } finally {
    await listener.shutdown({ timeout: 0 });
    await serving;
  }
}

for (const serverName of ["localhost", "127.0.0.1", "::1"]) {
  Deno.test(`testCertificate is valid for ${serverName}`, async () => {
    assertEquals(await greet({ serverName, caCerts: [caCert] }), "hello");
  });
}

Deno.test("testCertificate is valid for no other name", async () => {
  await assertRejects(
    () => greet({ serverName: "example.com", caCerts: [caCert] }),
    Deno.errors.InvalidData,
  );
});

Deno.test("testCertificate is trusted by nobody who does not ask for it", async () => {
  await assertRejects(
    () => greet({ serverName: "localhost" }),
    Deno.errors.InvalidData,
  );
});
