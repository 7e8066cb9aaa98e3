import {
  giveBuffer,
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  takeBuffer,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import {
  type EngineOwner,
  isVerified,
  type NodeTls,
  readPeerCertificate,
  type SecureContext,
  type TlsEngine,
} from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import {
  type RecordsDone,
  RecordSender,
  type SenderOwner,
} from "./_record_sender.ts";
import {
  alertFor,
  isCertificateError,
  MAX_RECORD,
  toTlsError,
} from "./_tls_records.ts";
import type { TlsDetails } from "./tls_conn.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

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

/**
 * TLS over any raw connection: the records are those of `node:tls`, the bytes
 * under them are read and written here.
 *
 * So the raw connection can be closed at any moment, whatever the peer does,
 * which the runtime's own TLS does not allow; backpressure is that of the raw
 * connection in both directions; and since the raw end is seen here, an end
 * without `close_notify` is told from a complete stream (RFC 8446 section 6.1).
 */
export class TlsLayer implements RawConn, EngineOwner, SenderOwner, TlsDetails {
  readonly hasEndMessage = true;
  readonly #raw: RawConn;
  readonly #engine: TlsEngine;
  readonly #nextTick: NodeTls["nextTick"];
  /** Plain text that nobody has read, in order, and how much of the first is gone. */
  readonly #chunks: Uint8Array[] = [];
  #chunkStart = 0;
  #waitingBytes = 0;
  /** The call that waits for plain text, and where it wants it. */
  #pending: PromiseWithResolvers<number | null> | undefined;
  #target = EMPTY;
  #isStarted = false;
  /** Whether the engine takes bytes. */
  #isFlowing = false;
  /** The buffer of the raw read in flight. */
  #readBuffer: Uint8Array<ArrayBuffer> | undefined;
  /** How many bytes the next read of the raw connection may bring. */
  #readSize = SMALL_BUFFER;
  readonly #onRead = (length: number | null): void => this.#endRead(length);
  readonly #onReadError = (error: unknown): void => {
    this.#giveReadBuffer();
    this.#fail(error);
  };
  readonly #sender: RecordSender;
  /** The call that waits until its bytes are with the system, and how many. */
  #writing: PromiseWithResolvers<number> | undefined;
  #writeLength = 0;
  /** Whether the engine has made records of all of them. */
  #isEncrypted = false;
  readonly #onEncrypted = (error?: Error | null): void => {
    if (error) this.#sender.fail(error);
    this.#isEncrypted = true;
    this.#settleWrite();
  };
  #isHandshaking = true;
  readonly #isServer: boolean;
  /** Of a server: whether it has sent nothing yet. */
  #isUnanswered: boolean;
  #handshake: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  #endFails = false;
  /** Whether the own end of the stream has been asked for. */
  #isEnding = false;
  /** What reads end with, if the peer has ended its stream by FIN alone. */
  #truncation: Error | undefined;
  /** Whether the peer has ended the stream by `close_notify`. */
  #isEnded = false;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;
  #head: Uint8Array | undefined;

  constructor(raw: RawConn, tls: NodeTls, options: TlsLayerOptions) {
    this.#raw = raw;
    this.#head = options.head;
    this.#isServer = options.isServer;
    this.#isUnanswered = options.isServer;
    this.#sender = new RecordSender(raw, this);
    this.#nextTick = tls.nextTick;
    this.#engine = tls.makeEngine(this, options);
    const { socket, duplex } = this.#engine;
    duplex.on("error", ignore);
    socket.on(
      options.isServer ? "secure" : "secureConnect",
      () => this.#onSecure(),
    );
    socket.on("error", (error: unknown) => this.#onError(error));
    // On the accepting side an error after the handshake is told here alone.
    socket.on("_tlsError", (error: unknown) => this.#onError(error));
    socket.on("close", () => this.#onClose());
    // A server's engine starts in a tick that it has asked for, and throws if it
    // then fails because of bytes that it has got before.
    this.#nextTick(() => {
      this.#isStarted = true;
      this.#readRaw();
    });
  }

  /** Resolves when the handshake is done, rejects if it fails. */
  get secured(): Promise<void> {
    return this.#handshake?.promise ?? Promise.resolve();
  }

  /** The protocol agreed on by ALPN. */
  get alpnProtocol(): string | undefined {
    return this.#engine.socket.alpnProtocol || undefined;
  }

  /** Whether the session of an earlier connection has been resumed. */
  get isResumed(): boolean {
    return this.#engine.socket.isSessionReused();
  }

  /**
   * Whether the certificate of the peer was verified in this handshake, and is
   * valid. Nothing verifies one in a session that was resumed.
   */
  get isPeerVerified(): boolean {
    return isVerified(this.#engine.socket);
  }

  /** The certificate of the peer, valid or not, after the handshake. */
  get peerCertificate(): PeerCertificate | undefined {
    return this.#isHandshaking
      ? undefined
      : readPeerCertificate(this.#engine.socket);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#waitingBytes > 0) return Promise.resolve(this.#take(buffer));
    if (this.#isEnded) return Promise.resolve(null);
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#truncation !== undefined) return Promise.reject(this.#truncation);
    this.#target = buffer;
    this.#pending = Promise.withResolvers();
    const { promise } = this.#pending;
    this.#readRaw();
    return promise;
  }

  write(data: Uint8Array): Promise<number> {
    const { failure, maxWrite } = this.#sender;
    if (failure !== undefined) return Promise.reject(failure.error);
    const part = data.length > maxWrite ? data.subarray(0, maxWrite) : data;
    this.#sender.restartCount();
    this.#writeLength = part.length;
    this.#isEncrypted = false;
    this.#writing = Promise.withResolvers();
    const { promise } = this.#writing;
    this.#engine.socket.write(part, this.#onEncrypted);
    return promise;
  }

  /** Sends `close_notify`, then FIN. */
  closeWrite(): Promise<void> {
    const { failure, ended } = this.#sender;
    if (failure !== undefined) return Promise.reject(failure.error);
    this.#isEnding = true;
    // The engine may or may not end the duplex, too: FIN is sent here.
    if (this.#endFails) this.#sender.end();
    else this.#engine.socket.end(() => this.#sender.end());
    return ended;
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

  // --- Of the engine and the sender: see EngineOwner, SenderOwner ---

  onFlow(isFlowing: boolean): void {
    this.#isFlowing = isFlowing;
    this.#readRaw();
  }

  onRecords(bytes: Uint8Array, done: RecordsDone): void {
    this.#isUnanswered = false;
    this.#sender.send(bytes, done);
  }

  onFinal(done: RecordsDone): void {
    this.#sender.end();
    done();
  }

  onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.resolve(this.#take(this.#target));
    this.#target = EMPTY;
  }

  onEnd(): void {
    this.#isEnded = true;
    this.#pending?.resolve(null);
    this.#pending = undefined;
  }

  onSent(): void {
    this.#settleWrite();
  }

  onEngineError(error: unknown): void {
    this.#fail(toTlsError(error));
  }

  /**
   * Settles the write when the engine is done with it and all its records are
   * with the system. The engine is done earlier if a record of the peer arrives
   * meanwhile.
   */
  #settleWrite(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    const isCut = this.#failure !== undefined;
    if (!isCut && (!this.#isEncrypted || this.#sender.isBusy)) return;
    this.#writing = undefined;
    const length = this.#writeLength;
    const { failure, sentRecords } = this.#sender;
    if (failure === undefined) return writing.resolve(length);
    // The peer gets whole records only, all but the last of which are full.
    const sent = Math.min(sentRecords * MAX_RECORD, length);
    if (sent > 0) writing.resolve(sent);
    else writing.reject(failure.error);
  }

  /**
   * Reads the raw connection if the engine takes bytes and a call waits for what
   * comes of them.
   */
  #readRaw(): void {
    const isAwaited = this.#isHandshaking || this.#pending !== undefined;
    const isReady = this.#isStarted && this.#isFlowing &&
      this.#readBuffer === undefined && this.#failure === undefined;
    if (!isAwaited || !isReady) return;
    const head = this.#head;
    if (head !== undefined) {
      this.#head = undefined;
      this.#deliver(head);
      return this.#readRaw();
    }
    this.#readBuffer = takeBuffer(this.#readSize);
    this.#raw.read(this.#readBuffer).then(this.#onRead, this.#onReadError);
  }

  #endRead(length: number | null): void {
    const buffer = this.#readBuffer;
    if (buffer === undefined) return;
    if (length === null) {
      this.#giveReadBuffer();
      return this.#onRawEnd();
    }
    this.#readSize = this.#nextSize(length === buffer.length);
    this.#deliver(buffer.subarray(0, length));
    this.#giveReadBuffer();
    this.#readRaw();
  }

  /** Until the handshake is done, a peer costs no more memory than it needs. */
  #nextSize(isFull: boolean): number {
    if (!isFull) return SMALL_BUFFER;
    return this.#isHandshaking ? MEDIUM_BUFFER : WIDE_BUFFER;
  }

  #giveReadBuffer(): void {
    if (this.#readBuffer !== undefined) giveBuffer(this.#readBuffer);
    this.#readBuffer = undefined;
  }

  /** Gives bytes of the peer to the engine. */
  #deliver(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#engine.deliver(bytes);
    } catch (error) {
      this.#fail(toTlsError(error));
    }
  }

  // --- Events of the engine's socket ---

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

  /** FIN has come. The engine tells of an error before it in a tick. */
  #onRawEnd(): void {
    this.#nextTick(() => {
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
    if (this.#isEnded && this.#isEnding) return;
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

  /** Ends both layers. Only the first failure counts. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#sender.fail(error);
    this.#settleWrite();
    closeRaw(this.#raw);
    this.#engine.socket.destroy();
    this.#engine.duplex.destroy();
    this.#pending?.reject(error);
    this.#pending = undefined;
    this.#handshake?.promise.catch(() => {});
    this.#handshake?.reject(error);
    this.#handshake = undefined;
  }
}

/** What fails below is told by the calls that wait for it. */
function ignore(): void {}
