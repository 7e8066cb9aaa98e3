import { noteHandedOut } from "../../internal/bytes/ballast.ts";
import {
  giveBuffer,
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  takeBuffer,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import { ofRecords } from "../conn/_lock_step.ts";
import {
  type DuplexOwner,
  isVerified,
  type NodeTls,
  type RawDuplex,
  readPeerCertificate,
  type SecureContext,
  type TlsSocket,
} from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import {
  alertFor,
  countRecords,
  isCertificateError,
  MAX_RECORD,
  toTlsError,
} from "./_tls_records.ts";
import type { TlsDetails } from "./tls_conn.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

/**
 * From so many bytes of plain text that nobody has read, the layer reads no more
 * of the raw connection: a peer whose reader is slow is stopped by TCP.
 */
const MAX_WAITING = 16 * 1024;

/**
 * How many bytes go through TLS at once while the system takes all that it gets,
 * twice as many each time: several records in one call. The first time that it
 * does not, the next are single records again, so that one write tells soon how
 * much has gone out.
 */
const MAX_WRITE = 4 * MAX_RECORD;

const EMPTY: Uint8Array = new Uint8Array(0);

/** How one end does its handshake. */
export interface TlsLayerOptions {
  readonly isServer: boolean;
  readonly secureContext: SecureContext;
  /** The protocols to offer, or to choose from, by ALPN. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Of a server: whether clients are asked for a certificate. */
  readonly requestCert?: boolean;
  /** Of a client: the name to ask for (SNI). */
  readonly serverName?: string | undefined;
  /** Bytes of the peer that have been read already. */
  readonly head?: Uint8Array | undefined;
}

/** A call that waits for plain text. */
interface PendingRead extends PromiseWithResolvers<number | null> {
  readonly buffer: Uint8Array;
}

/**
 * TLS over any raw connection: the records are those of `node:tls`, the bytes
 * under them are read and written here.
 *
 * So the raw connection can be closed at any moment, whatever the peer does,
 * which the runtime's own TLS does not allow; backpressure is that of the raw
 * connection in both directions; and since the raw end is seen here, an end
 * without `close_notify` is told from a complete stream (RFC 8446 section 6.1).
 */
export class TlsLayer implements RawConn, DuplexOwner, TlsDetails {
  readonly hasEndMessage = true;
  readonly #raw: RawConn;
  readonly #duplex: RawDuplex;
  readonly #socket: TlsSocket;
  /** Plain text that nobody has read, in order, and how much of the first is gone. */
  readonly #chunks: Uint8Array[] = [];
  #chunkStart = 0;
  #waitingBytes = 0;
  #pending: PendingRead | undefined;
  /** Whether the TLS engine can take bytes of the raw connection. */
  #isWanted = false;
  #isReading = false;
  /** Whether the next read of the raw connection is likely to bring much. */
  #isBulk = false;
  /** How many bytes the next write may have. */
  #writeSize = MAX_RECORD;
  /** Of the write in flight: what goes out now, how much, and what has before. */
  #records = EMPTY;
  #sent = 0;
  #recordsBefore = 0;
  #isHandshaking = true;
  readonly #isServer: boolean;
  /** Of a server: whether it has said nothing yet. */
  #isUnanswered: boolean;
  #handshake: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  /** Settles when the records of now are with the system. */
  #sending: Promise<void> = Promise.resolve();
  #isFinDue = false;
  #endFails = false;
  /** Settles when `close_notify` and FIN are with the system. */
  #ending: PromiseWithResolvers<void> | undefined;
  /** What reads end with, if the peer has ended its stream without that. */
  #truncation: Error | undefined;
  /** Whether the peer has ended the stream by `close_notify`. */
  #isEnded = false;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;
  /** Why nothing can be sent, where what the peer has sent can still be read. */
  #writeFailure: { readonly error: unknown } | undefined;
  #head: Uint8Array | undefined;

  constructor(raw: RawConn, tls: NodeTls, options: TlsLayerOptions) {
    this.#raw = raw;
    this.#head = options.head;
    this.#isServer = options.isServer;
    this.#isUnanswered = options.isServer;
    this.#duplex = tls.makeDuplex(this);
    this.#socket = tls.makeSocket(this.#duplex, options);
    const socket = this.#socket;
    this.#duplex.on("error", ignore);
    socket.on(
      options.isServer ? "secure" : "secureConnect",
      () => this.#onSecure(),
    );
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error: unknown) => this.#onError(error));
    // On the accepting side an error after the handshake is told here alone.
    socket.on("_tlsError", (error: unknown) => this.#onError(error));
    socket.on("close", () => this.#onClose());
  }

  /** Resolves when the handshake is done, rejects if it fails. */
  get secured(): Promise<void> {
    return this.#handshake?.promise ?? Promise.resolve();
  }

  /** The protocol agreed on by ALPN. */
  get alpnProtocol(): string | undefined {
    return this.#socket.alpnProtocol || undefined;
  }

  /** Whether the session of an earlier connection has been resumed. */
  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  /**
   * Whether the certificate of the peer was verified in this handshake, and is
   * valid. Nothing verifies one in a session that was resumed.
   */
  get isPeerVerified(): boolean {
    return isVerified(this.#socket);
  }

  /** The certificate of the peer, valid or not, after the handshake. */
  get peerCertificate(): PeerCertificate | undefined {
    return this.#isHandshaking ? undefined : readPeerCertificate(this.#socket);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#waitingBytes > 0) return Promise.resolve(this.#take(buffer));
    if (this.#isEnded) return Promise.resolve(null);
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#truncation !== undefined) return Promise.reject(this.#truncation);
    this.#pending = { buffer, ...Promise.withResolvers<number | null>() };
    const { promise } = this.#pending;
    this.#readRaw();
    return promise;
  }

  write(data: Uint8Array): Promise<number> {
    const failure = this.#writeFailure;
    if (failure !== undefined) return Promise.reject(failure.error);
    const most = this.#writeSize;
    const part = data.length > most ? data.subarray(0, most) : data;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#records = EMPTY;
    this.#sent = this.#recordsBefore = 0;
    this.#socket.write(part, (error: unknown) => {
      const failure = this.#writeFailure;
      // The engine may not tell of a failure that it has not made itself.
      if (!error && failure === undefined) return resolve(part.length);
      // The peer gets whole records only, all but the last of which are full.
      const records = this.#recordsBefore +
        countRecords(this.#records, this.#sent);
      const sent = Math.min(records * MAX_RECORD, part.length);
      if (sent > 0) resolve(sent);
      else reject(failure?.error ?? error);
    });
    return promise;
  }

  /** Sends `close_notify`, then FIN. */
  closeWrite(): Promise<void> {
    const failure = this.#writeFailure;
    if (failure !== undefined) return Promise.reject(failure.error);
    this.#ending = Promise.withResolvers();
    const { promise } = this.#ending;
    if (this.#endFails) {
      this.#sendFin();
      return promise;
    }
    // The engine may or may not end the duplex, too: FIN is sent here.
    this.#socket.end(() => this.#sendFin());
    return promise;
  }

  /** Lets the end be FIN alone, which is a failure for the peer. */
  failEnd(): void {
    this.#endFails = true;
  }

  /** Frees the socket at once, without `close_notify`. */
  close(): void {
    if (this.#isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    this.#isClosed = true;
    this.#fail(new Deno.errors.Interrupted("The connection was closed"));
  }

  ref(): void {
    this.#raw.ref();
  }

  unref(): void {
    this.#raw.unref();
  }

  // --- Of the duplex: what the TLS engine wants of the raw connection ---

  /** The engine has used what it got. */
  onWanted(): void {
    this.#isWanted = true;
    this.#readRaw();
  }

  /** The engine has records to send. */
  onRecords(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    this.#isUnanswered = false;
    noteHandedOut(bytes.length);
    ofRecords.noteWrite();
    this.#sending = this.#deliver(bytes, done);
  }

  /** The engine has sent its last record. */
  onFinal(done: (error?: Error | null) => void): void {
    this.#sendFin();
    done();
  }

  /** Sends FIN behind the records that are on their way. */
  #sendFin(): void {
    if (this.#isFinDue) return;
    this.#isFinDue = true;
    this.#sending.then(() => this.#raw.closeWrite()).then(
      () => this.#ending?.resolve(),
      (error) => this.#failWrites(error),
    );
  }

  /** Sends records, and tells the engine; it never rejects. */
  async #deliver(
    bytes: Uint8Array,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    try {
      await this.#send(bytes);
    } catch (error) {
      // The engine must not hear of it: it still has to read.
      this.#failWrites(error);
    }
    try {
      done();
    } catch (error) {
      this.#fail(toTlsError(error));
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (this.#writeFailure !== undefined) return;
    this.#recordsBefore += countRecords(this.#records, this.#sent);
    this.#records = bytes;
    this.#sent = 0;
    const sent = await this.#raw.write(bytes);
    this.#sent = sent;
    if (sent < bytes.length) this.#writeSize = MAX_RECORD;
    else if (sent > this.#writeSize) {
      this.#writeSize = Math.min(2 * this.#writeSize, MAX_WRITE);
    }
    while (this.#sent < bytes.length) {
      this.#sent += await this.#raw.write(bytes.subarray(this.#sent));
    }
  }

  /**
   * Reads the raw connection if the engine can take bytes and somebody waits for
   * what comes of them.
   */
  #readRaw(): void {
    if (!this.#isWanted || this.#isReading || this.#failure !== undefined) {
      return;
    }
    const isAwaited = this.#isHandshaking || this.#pending !== undefined;
    if (!isAwaited || this.#waitingBytes >= MAX_WAITING) return;
    const head = this.#head;
    if (head !== undefined) {
      this.#head = undefined;
      this.#isWanted = false;
      // Not at once: the engine is beginning, and must not fail meanwhile.
      queueMicrotask(() => this.#push(head));
      return;
    }
    this.#isReading = true;
    // Until the handshake is done, a peer costs no more memory than it needs.
    const wide = this.#isHandshaking ? MEDIUM_BUFFER : WIDE_BUFFER;
    const buffer = takeBuffer(this.#isBulk ? wide : SMALL_BUFFER);
    const expected = ofRecords.expectedLength(this);
    const room = expected > 0 && expected < buffer.length
      ? buffer.subarray(0, expected)
      : buffer;
    this.#raw.read(room).then((length) => {
      this.#isReading = false;
      if (length === null) {
        giveBuffer(buffer);
        return this.#onRawEnd();
      }
      this.#isBulk = length === buffer.length;
      ofRecords.noteRead(this, this.#isBulk ? 0 : length);
      // The engine keeps what it gets until it has the whole record.
      const bytes = buffer.slice(0, length);
      giveBuffer(buffer);
      this.#push(bytes);
    }, (error) => {
      this.#isReading = false;
      giveBuffer(buffer);
      this.#fail(error);
    });
  }

  /** Gives bytes of the peer to the engine. */
  #push(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#isWanted = false;
    try {
      this.#duplex.push(bytes);
    } catch (error) {
      this.#fail(toTlsError(error));
    }
  }

  // --- Of the engine ---

  #onSecure(): void {
    this.#isHandshaking = false;
    this.#handshake?.resolve();
    this.#handshake = undefined;
  }

  #onError(error: unknown): void {
    // The engine keeps its alert for itself; before its answer it is plain text.
    const isOfCertificate = !this.#isServer && this.#isHandshaking &&
      isCertificateError(error);
    const hasAlert = this.#isUnanswered || isOfCertificate;
    if (hasAlert && this.#failure === undefined) {
      this.#raw.write(alertFor(error)).catch(ignore);
    }
    this.#fail(toTlsError(error));
  }

  #onData(chunk: Uint8Array): void {
    noteHandedOut(chunk.length);
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.resolve(this.#take(pending.buffer));
  }

  /** Of the engine: the peer has sent `close_notify`. */
  #onEnd(): void {
    this.#isEnded = true;
    this.#pending?.resolve(null);
    this.#pending = undefined;
  }

  /** FIN has come. The engine may not have told yet of the end before it. */
  #onRawEnd(): void {
    this.#duplex.afterTurn(() => {
      if (this.#isEnded || this.#failure !== undefined) return;
      const error = new Deno.errors.UnexpectedEof(
        "The peer ended the connection without a TLS close_notify",
      );
      if (this.#isHandshaking) return this.#fail(error);
      // The peer may still read: it has given up its own direction.
      this.#truncation = error;
      this.#pending?.reject(error);
      this.#pending = undefined;
    });
  }

  #onClose(): void {
    // After the ends of both sides there is nothing left to fail.
    if (this.#isEnded && this.#ending !== undefined) return;
    this.#fail(new Deno.errors.ConnectionAborted("The TLS connection ended"));
  }

  /** Takes plain text that waits. */
  #take(buffer: Uint8Array): number {
    let taken = 0;
    while (taken < buffer.length && this.#waitingBytes > 0) {
      const chunk = this.#chunks[0] as Uint8Array;
      const length = Math.min(
        chunk.length - this.#chunkStart,
        buffer.length - taken,
      );
      copyBytes(chunk, this.#chunkStart, length, buffer, taken);
      taken += length;
      this.#chunkStart += length;
      this.#waitingBytes -= length;
      if (this.#chunkStart < chunk.length) break;
      this.#chunks.shift();
      this.#chunkStart = 0;
    }
    return taken;
  }

  /**
   * Ends the writing side. What the peer sent before it closed, such as a last
   * answer or an alert, is read as it is from a bare socket.
   */
  #failWrites(error: unknown): void {
    if (this.#writeFailure !== undefined) return;
    this.#writeFailure = { error };
    this.#ending?.reject(error);
  }

  /** Ends both layers. Only the first failure counts. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#failWrites(error);
    ofRecords.forget(this);
    closeRaw(this.#raw);
    this.#socket.destroy();
    this.#duplex.destroy();
    this.#pending?.reject(error);
    this.#pending = undefined;
    this.#handshake?.promise.catch(() => {});
    this.#handshake?.reject(error);
    this.#handshake = undefined;
  }
}

/** What fails below is told by the calls that wait for it. */
function ignore(): void {}
