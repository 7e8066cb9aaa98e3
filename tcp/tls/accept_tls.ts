import {
  checkOptions,
  type OptionChecks,
  WAIT_CHECKS,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { LentConn } from "../conn/_lent_conn.ts";
import { secureAsServer } from "./_server_handshake.ts";
import { TlsServer } from "./_tls_server.ts";
import { coreOf, type StreamConn } from "../conn/stream_conn.ts";
import { makeTlsConn, type TlsConn } from "./tls_conn.ts";
import {
  TLS_SERVER_CHECKS,
  type TlsServerOptions,
} from "./tls_server_options.ts";

/** Options for {@linkcode acceptTls}. */
export interface AcceptTlsOptions extends TlsServerOptions, WaitOptions {}

const ACCEPT_TLS_CHECKS: OptionChecks<AcceptTlsOptions> = {
  ...WAIT_CHECKS,
  ...TLS_SERVER_CHECKS,
};

/**
 * Starts TLS, as a server, on a connection that has been used in plain, or on
 * one that has not, over any transport: the step that protocols call STARTTLS
 * (RFC 3207 for SMTP, RFC 9051 for IMAP, RFC 4513 for LDAP).
 *
 * Everything written before goes out first. Bytes that have come and were not read
 * have to be the beginning of the client's handshake: plain text that somebody has
 * put in between (CVE-2011-0411) is refused, and can't pass for protected bytes.
 *
 * The plain connection stands for the TLS one from then on: it can't be read or
 * written, closing or cutting it does so to the TLS one, and it counts for its
 * listener, and for the limits of that, until the TLS one is freed. Its time
 * limits end; those of the TLS connection are its own.
 *
 * @param conn The plain connection.
 * @param options The certificate, and limits on the handshake: a client may stay
 * silent for as long as they allow, which is for ever without them.
 * @returns The TLS connection, its handshake done.
 * @throws {Deno.errors.InvalidData} If the certificate or the key is not valid
 * (the connection stays as it was), if the client does not speak TLS, or has no
 * valid certificate where one is required.
 * @throws {DOMException} Named `TimeoutError`, at a limit. After any failure of
 * the handshake the connection is freed.
 *
 * @example A server with STARTTLS
 * ```ts
 * import { acceptTls, dialTcp, listenTcp, startTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * const listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve(async (plain) => {
 *   await plain.writeString("220 ready\r\n");
 *   assertEquals(await plain.readLine(), "STARTTLS");
 *   await plain.writeString("220 go ahead\r\n");
 *   const conn = await acceptTls(plain, { cert, key, timeout: 10_000 });
 *   await conn.writeString(`${await conn.readLine()}, in secret\n`);
 * });
 *
 * const plain = await dialTcp(listener.addr);
 * assertEquals(await plain.readLine(), "220 ready");
 * await plain.writeString("STARTTLS\r\n");
 * assertEquals(await plain.readLine(), "220 go ahead");
 * using conn = await startTls(plain, {
 *   serverName: "localhost",
 *   caCerts: [caCert],
 *   timeout: 5000,
 * });
 * await conn.writeString("hello\n");
 * assertEquals(await conn.readLine(), "hello, in secret");
 *
 * conn.close();
 * await listener.shutdown();
 * await serving;
 * ```
 */
export async function acceptTls<A>(
  conn: StreamConn<A>,
  options: AcceptTlsOptions,
): Promise<TlsConn<A>> {
  const { peerName } = coreOf(conn).reads;
  const attempt: Attempt = { operation: "start TLS", name: peerName };
  const what = cannot(attempt);
  checkOptions(options, ACCEPT_TLS_CHECKS);
  const server = checkServer(options, attempt);
  return await limited(
    what,
    options,
    async (signal) => {
      if (conn.state === "closed") throw closedError(what);
      try {
        return await secure(conn, server, signal);
      } catch (error) {
        const isClosed = isOwnClose(error);
        conn.terminate();
        if (signal.aborted) throw signal.reason;
        throw isClosed ? closedError(what) : systemError(attempt, error);
      }
    },
    (late) => late.terminate(),
  );
}

function closedError(what: string): ClosedError {
  return new ClosedError(`${what}: the connection is closed`);
}

/** Whether the program has closed the plain connection meanwhile. */
function isOwnClose(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}

function checkServer(options: AcceptTlsOptions, attempt: Attempt): TlsServer {
  try {
    return new TlsServer(options, cannot(attempt));
  } catch (error) {
    throw systemError(attempt, error);
  }
}

async function secure<A>(
  conn: StreamConn<A>,
  server: TlsServer,
  signal: AbortSignal,
): Promise<TlsConn<A>> {
  const { reads, writes, keepsAlive } = coreOf(conn);
  const { peerName } = reads;
  const onAbort = () => conn.terminate();
  signal.addEventListener("abort", onAbort);
  try {
    await writes.drained(1);
    await reads.whenIdle();
    signal.throwIfAborted();
    if (conn.state === "closed") throw new Deno.errors.BadResource();
    // From now on only the engine may read it, which takes no plain text.
    const head = reads.window.takeCopy();
    const raw = new LentConn(conn, head);
    const { layer, serverName, certificate } = await secureAsServer(
      raw,
      server,
      { signal, isUsed: conn.bytesRead > 0 },
    );
    const tlsConn = makeTlsConn<A>({
      raw: layer,
      ends: conn,
      peerName,
      keepsAlive,
      details: {
        alpnProtocol: layer.alpnProtocol,
        serverName: serverName || undefined,
        peerCertificate: certificate,
      },
    });
    raw.successor = tlsConn;
    return tlsConn;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
