import {
  giveBuffer,
  MEDIUM_BUFFER,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import { blameHandler } from "../../internal/errors/failed_handler.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { readClientStart } from "./_client_hello.ts";
import { loadNodeTls } from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { TlsLayer } from "./_tls_layer.ts";
import {
  INTERNAL_ERROR_ALERT,
  UNRECOGNIZED_NAME_ALERT,
} from "./_tls_records.ts";
import type { TlsServer } from "./_tls_server.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

/**
 * How many bytes of a client are read to find its first message: a thousand who
 * begin one must not hold much memory.
 */
const MAX_HEAD = MEDIUM_BUFFER;
const HTTP_REQUEST = /^[A-Z]{3,12} (\/|\*|http)/;

/** The result of a handshake. */
export interface SecuredClient {
  readonly layer: TlsLayer;
  /** The client's name for this server. */
  readonly serverName: string;
  readonly certificate: PeerCertificate | undefined;
}

/** How to do a handshake. */
export interface SecureOptions {
  /** Ends the handshake, and closes the connection. */
  readonly signal: AbortSignal;
  /** Whether the client has sent something before, in plain. */
  readonly isUsed?: boolean;
}

/**
 * Does the handshake of a server on a raw connection, which it takes over, and
 * closes if it fails or the signal aborts.
 *
 * The first bytes are looked at before: so a client that stays silent costs
 * a socket and a small buffer, one that speaks no TLS is told apart, and the
 * certificate may come from a function that takes its time. A client that leaves
 * without a byte is expected: health checks do so.
 */
export async function secureAsServer(
  raw: RawConn,
  server: TlsServer,
  { signal, isUsed = false }: SecureOptions,
): Promise<SecuredClient> {
  let layer: TlsLayer | undefined;
  const onAbort = () => closeRaw(layer ?? raw);
  signal.addEventListener("abort", onAbort);
  try {
    const { head, serverName } = await readHello(raw, isUsed);
    const tls = await loadNodeTls();
    const secureContext = await chooseContext(raw, server, serverName);
    signal.throwIfAborted();
    layer = new TlsLayer(raw, tls, {
      isServer: true,
      secureContext,
      alpnProtocols: server.alpnProtocols,
      requestCert: server.asksForCertificate,
      requiresCert: server.requiresCertificate,
      head,
    });
    await layer.secured;
    return { layer, serverName, certificate: server.verifyClient(layer) };
  } catch (error) {
    onAbort();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Finds the certificate, or tells the client that there is none. */
async function chooseContext(
  raw: RawConn,
  server: TlsServer,
  serverName: string,
): Promise<NonNullable<Awaited<ReturnType<TlsServer["contextFor"]>>>> {
  try {
    const context = await server.contextFor(serverName);
    if (context !== undefined) return context;
  } catch (error) {
    // A client that has left meanwhile does not hide what has failed here.
    await raw.write(INTERNAL_ERROR_ALERT).catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    const failure = new Error(
      `The function "certificate" has failed: ${reason}`,
      { cause: error },
    );
    throw blameHandler(failure, "certificate");
  }
  await raw.write(UNRECOGNIZED_NAME_ALERT);
  throw new Deno.errors.InvalidData(
    `No certificate for the name "${serverName}"`,
  );
}

/** Reads until the client's first message is there. */
async function readHello(
  raw: RawConn,
  isUsed: boolean,
): Promise<{ head: Uint8Array; serverName: string }> {
  let buffer = takeBuffer(SMALL_BUFFER);
  let end = 0;
  let needed = 1;
  try {
    while (true) {
      const length = await raw.read(buffer.subarray(end));
      if (length === null) {
        throw new Deno.errors.UnexpectedEof(
          "The peer ended the connection before the handshake",
        );
      }
      end += length;
      if (end >= needed) {
        const start = readClientStart(buffer.subarray(0, end));
        if (start.kind === "other") throw notTls(buffer.subarray(0, end));
        if (start.kind === "hello") {
          return { head: buffer.slice(0, end), serverName: start.serverName };
        }
        needed = start.needed;
      }
      if (end < buffer.length) continue;
      if (end >= MAX_HEAD) {
        throw new Deno.errors.InvalidData("The ClientHello is too long");
      }
      const longer = takeBuffer(poolSizeFor(2 * end));
      longer.set(buffer);
      giveBuffer(buffer);
      buffer = longer;
    }
  } catch (error) {
    const isSilent = end === 0 && !isUsed;
    throw isSilent && isPeerEnd(error) ? expectEnd(error) : error;
  } finally {
    giveBuffer(buffer);
  }
}

/** The error for bytes that are no TLS. */
function notTls(bytes: Uint8Array): Error {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  const found = HTTP_REQUEST.test(text)
    ? "a plain HTTP request"
    : "something else";
  return new Deno.errors.InvalidData(
    `Expected the ClientHello of TLS, found ${found}`,
  );
}
