import { isServerName } from "./_server_name.ts";
import { isProtocols, isTlsVersion } from "../_option_checks.ts";
import {
  checkOptions,
  isStrings,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import { type Attempt, cannot } from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import {
  checkClientCertificates,
  checkServerName,
  secureClient,
} from "./_tls_client.ts";
import { LentConn } from "../conn/_lent_conn.ts";
import { coreOf, type StreamConn } from "../conn/stream_conn.ts";
import { makeTlsConn, type TlsConn } from "./tls_conn.ts";

/** Bytes that are left over are refused. */
const NOTHING: Uint8Array = new Uint8Array(0);

/** Options for {@linkcode startTls}. */
export interface StartTlsOptions extends WaitOptions {
  /**
   * The name that the server's certificate has to be for, and that it is told
   * (SNI). A numeric address is checked against the certificate, but not told.
   */
  serverName: string;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  caCerts?: string[];
  /** The protocols to offer by ALPN, the preferred one first. */
  alpnProtocols?: string[];
  /**
   * The certificate chain to show to a server that asks for one, in PEM, the
   * client's own first.
   */
  cert?: string;
  /** The private key of `cert`, in PEM (RSA, EC or PKCS 8). */
  key?: string;
  /**
   * The oldest version of TLS that is spoken: 1.2 (RFC 5246) or 1.3 (RFC 8446).
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** The checks of {@linkcode StartTlsOptions}. */
export const START_TLS_CHECKS: OptionChecks<StartTlsOptions> = {
  ...WAIT_CHECKS,
  serverName: isServerName,
  caCerts: isStrings,
  cert: isType("string"),
  key: isType("string"),
  minVersion: isTlsVersion,
  alpnProtocols: isProtocols,
};

/**
 * Starts TLS, as a client, on a connection that has been used in plain: the
 * step that protocols call STARTTLS. Any connection will do: TCP, a Unix socket,
 * an end of a `pipe()`. It can't be used from then on: its `close()` and
 * `terminate()` are those of the TLS connection, and it is freed with that.
 *
 * Everything written before goes out first. Everything received before must
 * have been read: bytes that are left over were not protected by TLS, and would
 * pass for bytes that were. A read in flight, such as one that has timed out,
 * may take the first bytes of the handshake; it is waited for under the limits,
 * and without a limit it is an error.
 *
 * @param conn The plain connection.
 * @param options The server's name, and limits on the handshake.
 * @returns The TLS connection, its handshake done.
 * @throws {ClosedError} If the connection is closed, before or meanwhile.
 * @throws {Deno.errors.Busy} If a read is in flight and no limit is given.
 * @throws {Deno.errors.InvalidData} If bytes are left unread, the server's
 * certificate is not valid for `serverName`, the server does not speak TLS, or a
 * certificate in the options can't be used.
 * @throws {TypeError} If `serverName` is no host name and no numeric address.
 * @throws {DOMException} Named `TimeoutError`, at a limit. The connection is
 * closed unless the limit passed before the handshake began.
 *
 * @example Usage
 * ```ts
 * import { acceptTls, dialTcp, listenTcp, startTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * using listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve(async (plain) => {
 *   await plain.writeString("220 ready\r\n");
 *   assertEquals(await plain.readLine(), "STARTTLS");
 *   await plain.writeString("220 go ahead\r\n");
 *   const conn = await acceptTls(plain, { cert, key, timeout: 5000 });
 *   await conn.readable.pipeTo(conn.writable);
 * });
 *
 * const plain = await dialTcp(listener.addr);
 * assertEquals(await plain.readLine(), "220 ready");
 * await plain.writeString("STARTTLS\r\n");
 * assertEquals(await plain.readLine(), "220 go ahead");
 * const conn = await startTls(plain, {
 *   serverName: "localhost",
 *   caCerts: [caCert],
 *   timeout: 5000,
 * });
 * await conn.writeString("in secret\n");
 * assertEquals(await conn.readLine(), "in secret");
 *
 * conn.close();
 * await listener.shutdown();
 * await serving;
 * ```
 */
export async function startTls<A>(
  conn: StreamConn<A>,
  options: StartTlsOptions,
): Promise<TlsConn<A>> {
  const { reads, keepsAlive } = coreOf(conn);
  const { peerName } = reads;
  const attempt: Attempt = { operation: "start TLS", name: peerName };
  const what = cannot(attempt);
  if (typeof options?.serverName !== "string") {
    throw new TypeError(`${what}: expected the option "serverName"`);
  }
  checkServerName(attempt, options.serverName);
  checkOptions(options, START_TLS_CHECKS);
  checkClientCertificates(attempt, options);
  return await limited(
    what,
    options,
    async (signal) => {
      assertOpen(conn, what);
      await settle(conn, what, options);
      signal.throwIfAborted();
      assertOpen(conn, what);
      const raw = new LentConn(conn, NOTHING);
      try {
        const secured = await secureClient(raw, attempt, options, signal);
        const tlsConn = makeTlsConn<A>({
          ...secured,
          ends: conn,
          peerName,
          keepsAlive,
        });
        raw.successor = tlsConn;
        return tlsConn;
      } catch (error) {
        throw raw.wasGivenUp && !signal.aborted ? closedError(what) : error;
      }
    },
    (late) => late.terminate(),
  );
}

function assertOpen(conn: StreamConn<unknown>, what: string): void {
  if (conn.state === "closed") throw closedError(what);
}

function closedError(what: string): ClosedError {
  return new ClosedError(`${what}: the connection is closed`);
}

/** Waits until nothing is in flight, and checks that nothing is left unread. */
async function settle(
  conn: StreamConn<unknown>,
  what: string,
  options: StartTlsOptions,
): Promise<void> {
  const { reads, writes } = coreOf(conn);
  await writes.drained(1);
  const { signal, timeout, deadline } = options;
  const isLimited = (signal ?? timeout ?? deadline) !== undefined;
  if (reads.isReading && !isLimited) {
    throw new Deno.errors.Busy(
      `${what}: a read is in flight; finish it, or set a limit to wait for it`,
    );
  }
  await reads.whenIdle();
  if (reads.available === 0) return;
  throw new Deno.errors.InvalidData(
    `${what}: ${reads.available} bytes that came before it are unread`,
  );
}
