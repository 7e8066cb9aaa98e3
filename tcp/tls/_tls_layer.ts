import { giveBuffer, takeBuffer } from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { PollWait } from "../../internal/wait/poll_budget.ts";
import { isVerified, type NodeTls, readPeerCertificate } from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { PlainText } from "./_plain_text.ts";
import { ReadRoom } from "./_read_room.ts";
import { RecordSender, type SenderOwner } from "./_record_sender.ts";
import type {
  EngineDone,
  EngineOwner,
  TlsEngine,
  TlsLayerOptions,
} from "./_tls_engine.ts";
import {
  BAD_CERTIFICATE_ALERT,
  isCertificateError,
  MAX_RECORD,
  toTlsError,
} from "./_tls_records.ts";
import type { TlsDetails } from "./tls_conn.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

const EMPTY: Uint8Array = new Uint8Array(0);

/** A read that waits for plain text. */
interface PendingRead {
  readonly buffer: Uint8Array;
  resolve(length: number | null): void;
  reject(error: unknown): void;
}

/** A write that waits until its records are with the system. */
interface PendingWrite {
  resolve(length: number): void;
  reject(error: unknown): void;
  readonly length: number;
  /** Whether the engine has made records of all of it. */
  isEncrypted: boolean;
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
  /** The call that waits for plain text. */
  #reading: PendingRead | undefined;
  readonly #plainText = new PlainText();
  /** The buffer of the read of the raw connection in flight, and its free part. */
  #rawBuffer: Uint8Array<ArrayBuffer> | undefined;
  #rawRoom = EMPTY;
  readonly #readRoom = new ReadRoom();
  #pollWait: PollWait | undefined;
  readonly #onRawRead = (length: number | null): void => this.#take(length);
  readonly #onRawError = (error: unknown): void => this.#loseRaw(error);
  readonly #goOn = (): void => this.#readOn();
  readonly #sender: RecordSender;
  /** The call that waits until its bytes are with the system. */
  #writing: PendingWrite | undefined;
  #isHandshaking = true;
  readonly #isServer: boolean;
  #handshake: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  #endFails = false;
  /** Whether this side has asked for the end of its stream. */
  #isEnding = false;
  /** The error of reads if the peer has ended its stream by FIN alone. */
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
    // then fails because of bytes that it has got before. It sends an alert in a
    // microtask, and tells of the error in a tick.
    this.#nextTick(() => queueMicrotask(() => this.#shakeHands()));
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
    return new Promise((resolve, reject) => {
      this.#reading = { buffer, resolve, reject };
      if (!this.#settleRead()) this.#readRaw();
    });
  }

  write(data: Uint8Array): Promise<number> {
    const { failure, maxWrite } = this.#sender;
    if (failure !== undefined) return Promise.reject(failure.error);
    const part = data.length > maxWrite ? data.subarray(0, maxWrite) : data;
    return new Promise((resolve, reject) => {
      const { length } = part;
      const writing = { resolve, reject, length, isEncrypted: false };
      this.#writing = writing;
      this.#sender.beginWrite(length);
      writing.isEncrypted = this.#engine.encrypt(part, (error) => {
        // It may be settled already, and the engine at its end.
        if (this.#writing !== writing) return;
        if (error) this.#sender.fail(error);
        writing.isEncrypted = true;
        this.#settleWrite();
      });
      this.#sender.flush();
    });
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

  onRecords(): void {
    this.#sender.flush();
  }

  onFinal(done: EngineDone): void {
    this.#sender.end();
    done();
  }

  onData(chunk: Uint8Array): void {
    this.#plainText.add(chunk);
  }

  onEnd(): void {
    this.#isEnded = true;
  }

  takeRecords(): Uint8Array | undefined {
    return this.#engine.takeRecords();
  }

  onSent(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    if (this.#sender.hasWholeWrite) writing.isEncrypted = true;
    // Either the engine has more of it, or it tells that there is no more.
    if (!writing.isEncrypted) this.#sender.flush();
    this.#settleWrite();
  }

  onEngineError(error: unknown): void {
    this.#fail(toTlsError(error));
  }

  /**
   * Settles the write when the engine is done with it and all its records are
   * with the system. The engine may be done earlier, or tell it later.
   */
  #settleWrite(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    const { failure, sentFullRecords, isBusy } = this.#sender;
    if (failure === undefined) {
      if (isBusy || !writing.isEncrypted) return;
      this.#writing = undefined;
      return writing.resolve(writing.length);
    }
    this.#writing = undefined;
    // The peer gets whole records only, all but the last of which are full. The
    // last can't be told from a record of the engine's own, and does not count.
    const sent = Math.min(sentFullRecords * MAX_RECORD, writing.length);
    if (sent > 0) writing.resolve(sent);
    else writing.reject(failure.error);
  }

  /** Settles the read if there is something to tell, and says whether there was. */
  #settleRead(): boolean {
    const reading = this.#reading;
    if (reading === undefined) return true;
    const failure = this.#failure ?? this.#truncation;
    if (this.#plainText.length > 0) {
      reading.resolve(this.#plainText.take(reading.buffer));
    } else if (this.#isEnded) reading.resolve(null);
    else if (failure !== undefined) reading.reject(failure.error);
    else return false;
    this.#reading = undefined;
    return true;
  }

  #shakeHands(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head === undefined) return this.#readOn();
    this.#deliver(head);
    this.#readOnLater();
  }

  /** Goes on reading for the handshake, or for the call that waits. */
  #readOn(): void {
    if (this.#failure !== undefined) return;
    if (this.#isHandshaking || !this.#settleRead()) this.#readRaw();
  }

  /**
   * Goes on in the tick after the one in which the engine tells of an error; or,
   * as bytes of which nothing comes may arrive without a pause, when the runtime
   * has polled.
   */
  #readOnLater(): void {
    this.#pollWait ??= new PollWait(this.#goOn);
    if (this.#pollWait.isSpent()) this.#pollWait.enter(true);
    else this.#nextTick(this.#goOn);
  }

  /** Reads the raw connection once, unless that is done already. */
  #readRaw(): void {
    if (this.#rawBuffer !== undefined) return;
    const { size, room } = this.#readRoom;
    const buffer = takeBuffer(size);
    this.#rawBuffer = buffer;
    this.#rawRoom = room < size ? buffer.subarray(0, room) : buffer;
    this.#raw.read(this.#rawRoom).then(this.#onRawRead, this.#onRawError);
  }

  /** Hands the bytes of a read of the raw connection to the engine. */
  #take(length: number | null): void {
    const room = this.#rawRoom;
    if (length === null) this.#onRawEnd();
    else {
      this.#readRoom.note(length, this.#isHandshaking);
      this.#deliver(length < room.length ? room.subarray(0, length) : room);
    }
    this.#freeBuffer();
    if (this.#isHandshaking || !this.#settleRead()) this.#readOnLater();
  }

  #loseRaw(error: unknown): void {
    this.#freeBuffer();
    this.#fail(error);
  }

  #freeBuffer(): void {
    if (this.#rawBuffer !== undefined) giveBuffer(this.#rawBuffer);
    this.#rawBuffer = undefined;
    this.#rawRoom = EMPTY;
  }

  /** Gives bytes of the peer to the engine. */
  #deliver(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    const isHandshake = this.#isHandshaking;
    try {
      this.#engine.deliver(bytes);
    } catch (error) {
      this.#fail(toTlsError(error));
    }
    // Records that need an answer have no plain text; except that of a client
    // which sends some with the end of its handshake.
    if (isHandshake || this.#plainText.length === 0) this.#sender.flush();
  }

  // --- Events of the engine's socket ---

  #onSecure(): void {
    this.#isHandshaking = false;
    this.#handshake?.resolve();
    this.#handshake = undefined;
  }

  #onError(error: unknown): void {
    // A server's engine has sent its alert.
    const hasAlert = !this.#isServer && this.#isHandshaking &&
      this.#failure === undefined && isCertificateError(error);
    if (hasAlert) this.#raw.write(BAD_CERTIFICATE_ALERT).catch(ignore);
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

  /** Ends both layers. Only the first failure counts. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#sender.fail(error);
    this.#settleWrite();
    this.#settleRead();
    closeRaw(this.#raw);
    this.#engine.socket.destroy();
    this.#engine.duplex.destroy();
    this.#handshake?.promise.catch(() => {});
    this.#handshake?.reject(error);
    this.#handshake = undefined;
  }
}

/** The calls that wait for a failure below tell of it. */
function ignore(): void {}
