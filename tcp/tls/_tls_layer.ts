import { giveBuffer, takeBuffer } from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import { isPollDue, PollWait } from "../../internal/wait/poll_budget.ts";
import {
  type EngineOwner,
  isVerified,
  type NodeTls,
  readPeerCertificate,
  type TlsEngine,
  type TlsLayerOptions,
} from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { ReadRoom } from "./_read_room.ts";
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
  readonly #readRoom = new ReadRoom();
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
  /** Whether this side has asked for the end of its stream. */
  #isEnding = false;
  /** What reads end with, if the peer has ended its stream by FIN alone. */
  #truncation: { readonly error: unknown } | undefined;
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
    this.#nextTick(() => this.#shakeHands());
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
    const failure = this.#failure ?? this.#truncation;
    if (failure !== undefined) return Promise.reject(failure.error);
    return this.#readMore(buffer);
  }

  /** Reads the raw connection until plain text, the end or a failure comes. */
  async #readMore(buffer: Uint8Array): Promise<number | null> {
    while (true) {
      await this.#readRaw();
      if (this.#waitingBytes > 0) return this.#take(buffer);
      if (this.#isEnded) return null;
      const failure = this.#failure ?? this.#truncation;
      if (failure !== undefined) throw failure.error;
    }
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
  }

  onEnd(): void {
    this.#isEnded = true;
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
    const { failure, sentFullRecords } = this.#sender;
    if (failure === undefined) return writing.resolve(length);
    // The peer gets whole records only, all but the last of which are full. The
    // last can't be told from a record of the engine's own, and does not count.
    const sent = Math.min(sentFullRecords * MAX_RECORD, length);
    if (sent > 0) writing.resolve(sent);
    else writing.reject(failure.error);
  }

  async #shakeHands(): Promise<void> {
    if (this.#head !== undefined) await this.#deliver(this.#head);
    this.#head = undefined;
    while (this.#isHandshaking && this.#failure === undefined) {
      await this.#readRaw();
    }
  }

  /** Reads the raw connection once, and lets the engine have what comes. */
  #readRaw(): Promise<void> {
    const { size, room } = this.#readRoom;
    const buffer = takeBuffer(size);
    const target = room < size ? buffer.subarray(0, room) : buffer;
    return this.#raw.read(target).then((length) => {
      const told = length === null
        ? this.#onRawEnd()
        : this.#onRawRead(buffer.subarray(0, length));
      giveBuffer(buffer);
      return told;
    }, (error) => {
      giveBuffer(buffer);
      this.#fail(error);
    });
  }

  #onRawRead(bytes: Uint8Array): Promise<void> | undefined {
    this.#readRoom.note(bytes.length, this.#isHandshaking);
    return this.#deliver(bytes);
  }

  /**
   * Gives bytes of the peer to the engine. If nothing comes of them, the promise
   * is for the tick in which the engine tells of an error; or for the runtime to
   * poll, as such bytes may come without a pause.
   */
  #deliver(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    try {
      this.#engine.deliver(bytes);
    } catch (error) {
      this.#fail(toTlsError(error));
    }
    if (this.#waitingBytes > 0 || this.#isEnded) return undefined;
    return new Promise((resolve) => {
      if (this.#isHandshaking || !isPollDue()) this.#nextTick(resolve);
      else new PollWait(resolve).enter(true);
    });
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

  /** FIN has come. */
  #onRawEnd(): void {
    if (this.#isEnded) return;
    const error = new Deno.errors.UnexpectedEof(
      "The peer ended the connection without a TLS close_notify",
    );
    // Else the peer may still read: it has given up its own direction.
    if (this.#isHandshaking) this.#fail(error);
    else this.#truncation = { error };
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
    this.#handshake?.promise.catch(() => {});
    this.#handshake?.reject(error);
    this.#handshake = undefined;
  }
}

/** What fails below is told by the calls that wait for it. */
function ignore(): void {}
