// A TLS server for tests of a process that has few files to open: it greets each
// client and waits until that has gone, and reports on demand. The argument is
// the back end.
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { testCertificate } from "../../../tcp/tls/test_certificate.ts";
import { prepareForFewFiles, reportOnDemand } from "../support/_few_files.ts";

prepareForFewFiles();
const { cert, key } = testCertificate;
const tlsBackend = Deno.args[0] === "runtime" ? "runtime" : "layer";
const listener = listenTls("127.0.0.1:0", { cert, key, tlsBackend });
const serving = listener.serve(async (conn) => {
  await conn.writeString("hello\n");
  await conn.read(new Uint8Array(1));
}, { onError: () => {} });
await reportOnDemand(listener);
await listener.shutdown({ timeout: 1000 });
await serving;
