// An echo server over TLS, for the benchmarks. It prints its port and runs until
// it is killed.
//
//   tls_echo.ts deno|vnet|runtime [BUFFER_SIZE]
//
// `runtime` is `listenTls` on the runtime's own TLS.

import { listenTls } from "../../tcp/mod.ts";
import { testCertificate } from "../../tcp/testing.ts";
import { announce } from "./_announce.mjs";

const [kind = "vnet", size = "1024"] = Deno.args;
const { cert, key } = testCertificate;
/** The load generator cuts its connections at the end. */
const ignore = () => {};

/** Deno's own writes may be partial, ours never are. */
async function echo(
  conn: Pick<Deno.TlsConn, "read" | "write" | "close">,
): Promise<void> {
  const buffer = new Uint8Array(Number(size));
  while (true) {
    const length = await conn.read(buffer);
    if (length === null) return conn.close();
    let written = await conn.write(buffer.subarray(0, length));
    while (written < length) {
      written += await conn.write(buffer.subarray(written, length));
    }
  }
}

if (kind === "deno") {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert,
    key,
  });
  announce(listener.addr.port);
  for await (const conn of listener) echo(conn).catch(ignore);
} else {
  const backend = kind === "runtime"
    ? { tlsBackend: "runtime" as const }
    : undefined;
  const listener = listenTls("127.0.0.1:0", { cert, key, ...backend });
  announce(listener.addr.port);
  await listener.serve(echo, { onError: ignore });
}
