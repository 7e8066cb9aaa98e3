// Dials a TLS server on a port of 127.0.0.1, and trusts the certificates given.
import { dialTls } from "../../../tcp/tls/dial_tls.ts";

const [port = "", ...caCerts] = Deno.args;
const options = caCerts.length === 0 ? {} : { caCerts };
try {
  using conn = await dialTls(`127.0.0.1:${port}`, options);
  console.log(conn.state);
} catch (error) {
  console.log(String(error));
}
