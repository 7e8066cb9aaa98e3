import { assertEquals } from "@std/assert";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import {
  listenTls,
  type ListenTlsOptions,
} from "../../../tcp/tls/listen_tls.ts";
import type { TlsCertificate } from "../../../tcp/tls/tls_certificate.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { caCert as otherCaCert, serverA } from "../support/_certificates.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
/** What a client needs that takes the old certificate and the new one. */
const TRUST = { caCerts: [caCert, otherCaCert], ...HANGS };
const OLD: TlsCertificate = { cert: serverCert, key: serverKey };

interface Way {
  readonly options: ListenTlsOptions;
  readonly renew: (listener: TlsListener) => void;
}

/** Both ways to renew a certificate, the listener's and the caller's. */
function makeWays(): Record<string, Way> {
  const certificates = [OLD, serverA];
  let current = OLD;
  const next = () => {
    certificates.reverse();
    current = certificates[0] ?? OLD;
    return current;
  };
  return {
    "setCertificate()": {
      options: OLD,
      renew: (listener) => listener.setCertificate(next()),
    },
    "a certificate function": {
      options: { certificate: () => current },
      renew: () => void next(),
    },
  };
}

for (const [name, { options, renew }] of Object.entries(makeWays())) {
  Deno.test(`renewal by ${name} under traffic drops no connection, and no byte`, async () => {
    const errors: unknown[] = [];
    const listener = listenTls("127.0.0.1:0", options);
    const serving = listener.serve(
      (conn) => conn.readable.pipeTo(conn.writable),
      { onError: (error) => errors.push(error) },
    );
    let isOver = false;
    const echoes: number[] = [0, 0, 0, 0, 0];
    const stay = async (client: number) => {
      using conn = await dialTls(listener.addr, TRUST);
      while (!isOver) {
        const line = `${client}: ${echoes[client]}`;
        await conn.writeString(`${line}\n`);
        assertEquals(await conn.readLine(HANGS), line);
        echoes[client]++;
      }
      await conn.closeWrite();
      assertEquals(await conn.readLine(HANGS), null);
    };
    const staying = echoes.map((_, client) => stay(client));
    for (let round = 0; round < 40; round++) {
      const before = echoes.slice();
      using conn = await dialTls(listener.addr, TRUST);
      renew(listener);
      await conn.writeString("new\n");
      assertEquals(await conn.readLine(HANGS), "new");
      // Each of the others has got an answer since.
      while (!echoes.every((count, client) => count > (before[client] ?? 0))) {
        await conn.writeString("meanwhile\n");
        assertEquals(await conn.readLine(HANGS), "meanwhile");
      }
    }
    isOver = true;
    await Promise.all(staying);
    await listener.shutdown(HANGS);
    await serving;
    assertEquals(errors, []);
  });
}
