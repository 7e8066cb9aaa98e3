// A TLS server for tests of a process that has few files to open: it tells its
// port, greets each client and waits until that has gone, and reports for each
// line of its input. The argument is the back end.
import { TextLineStream } from "@std/streams";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { testCertificate } from "../../../tcp/tls/test_certificate.ts";

// Deno 2.9.6 itself ends if there are no files left about a second after its
// start, when it begins to listen for signals.
await new Promise((resolve) => setTimeout(resolve, 1500));
const { cert, key } = testCertificate;
const tlsBackend = Deno.args[0] === "runtime" ? "runtime" : "layer";
const listener = listenTls("127.0.0.1:0", { cert, key, tlsBackend });
const serving = listener.serve(async (conn) => {
  await conn.writeString("hello\n");
  await conn.read(new Uint8Array(1));
}, { onError: () => {} });
console.log(listener.addr.port);
const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const _line of lines) {
  const { acceptedCount: accepted, errorCount: errors } = listener;
  console.log(JSON.stringify({ accepted, errors }));
}
await listener.shutdown({ timeout: 1000 });
await serving;
