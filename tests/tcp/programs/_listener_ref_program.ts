// Listens and ends, or does not, for the tests of what keeps a process alive:
// `_listener_ref_program.ts tcp|tls|runtime WHAT`.
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { serverCert, serverKey } from "../../certificates.ts";

const [kind, what] = Deno.args;
const tlsBackend = kind === "runtime" ? kind : "layer";
const listener = kind === "tcp"
  ? listenTcp("127.0.0.1:0")
  : listenTls("127.0.0.1:0", { cert: serverCert, key: serverKey, tlsBackend });
if (what === "unref before") listener.unref();
if (what === "timed out") {
  await listener.accept({ timeout: 1 }).catch(() => {});
} else if (what !== "idle") {
  listener.accept().catch(() => {});
}
if (what === "unref") listener.unref();
if (what === "ref again") {
  listener.unref();
  listener.ref();
}
console.log("at the end");
