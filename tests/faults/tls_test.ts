import { assert, assertEquals } from "@std/assert";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { errorOf } from "../tcp/support/_outcomes.ts";
import type { Faults } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { connectListened } from "./_linked.ts";
import { testStreamFaults } from "./_stream.ts";

const HANGS = { timeout: 60_000 };
const CERTIFICATE = { cert: serverCert, key: serverKey };

testStreamFaults({
  name: "TLS",
  isAvailable: true,
  isTls: true,
  canReset: true,
  connect: (faults) =>
    connectListened(
      () => listenTls("127.0.0.1:0", CERTIFICATE),
      (addr) => dialTls(addr, { caCerts: [caCert], ...HANGS }),
      faults,
    ),
});

const HANDSHAKES: Record<string, Faults> = {
  "ends it in the hello": { up: { endAt: 50 } },
  "resets it in the hello": { up: { resetAt: 50 } },
  "ends it in the answer": { down: { endAt: 300 } },
  "resets it in the answer": { down: { resetAt: 300 } },
};

/**
 * Whether the server has to report it. A reset may overtake the bytes before it,
 * and then it is that of a health check. The runtime does not tell whether bytes
 * have come.
 */
function isReported(what: string, tlsBackend: string): boolean {
  return tlsBackend === "layer" && what !== "resets it in the hello";
}

for (const tlsBackend of ["layer", "runtime"] as const) {
  const options = { ...CERTIFICATE, tlsBackend };

  for (const [what, faults] of Object.entries(HANDSHAKES)) {
    Deno.test(`a TLS handshake fails on both sides when a relay ${what} (${tlsBackend})`, async () => {
      const listener = listenTls("127.0.0.1:0", options);
      const failed = Promise.withResolvers<unknown>();
      const serving = listener.serve(() => {}, { onError: failed.resolve });
      {
        await using relay = await FaultRelay.start(listener.addr, faults);
        const error = await errorOf(
          dialTls(relay.addr, { caCerts: [caCert], ...HANGS }),
        );
        assert(error instanceof Error, String(error));
        assert(error.name !== "TimeoutError", String(error));
      }
      if (isReported(what, tlsBackend)) {
        assert(await failed.promise instanceof Error);
      }
      await listener.shutdown(HANGS);
      await serving;
      const { open, errors, handshakesFailed } = listener.stats;
      assertEquals([open, errors], [0, handshakesFailed]);
    });
  }

  Deno.test(`a TLS handshake that a relay stalls ends at its limits on both sides (${tlsBackend})`, async () => {
    const listener = listenTls("127.0.0.1:0", {
      ...options,
      handshakeTimeout: 50,
    });
    const failed = Promise.withResolvers<unknown>();
    const serving = listener.serve(() => {}, { onError: failed.resolve });
    {
      await using relay = await FaultRelay.start(listener.addr, {
        up: { stallAt: 50 },
      });
      const dialling = errorOf(
        dialTls(relay.addr, { caCerts: [caCert], timeout: 50 }),
      );
      for (const error of [await dialling, await failed.promise]) {
        assert(error instanceof DOMException, String(error));
      }
    }
    await listener.shutdown(HANGS);
    await serving;
  });
}
