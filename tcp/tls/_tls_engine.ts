import type { Duplex as NodeDuplex } from "node:stream";
import type * as NodeTlsModule from "node:tls";
import { checkServerIdentity } from "./_server_identity.ts";
import { isNumeric } from "./_server_name.ts";
import { MAX_RECORD } from "./_tls_records.ts";

/** The form of certificates and keys in `node:tls`. */
export interface SecureContext extends NodeTlsModule.SecureContext {
  readonly context: {
    /** Trusts an authority beside those that are trusted already. */
    addCACert(caCert: string): void;
  };
}

/** The socket of `node:tls`. */
export type TlsSocket = NodeTlsModule.TLSSocket;

/** How one end does its handshake. */
export interface TlsLayerOptions {
  readonly isServer: boolean;
  readonly secureContext: SecureContext;
  /** The protocols to offer, or to choose from, by ALPN. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Of a server: whether clients are asked for a certificate. */
  readonly requestCert?: boolean;
  /** Of a server: whether one without a certificate is refused. */
  readonly requiresCert?: boolean;
  /** Of a client: the name to ask for (SNI). */
  readonly serverName?: string | undefined;
  /** Bytes of the peer that have been read already. */
  readonly head?: Uint8Array | undefined;
}

/** How a stream of Node's is told that something is done. */
export type EngineDone = (error?: Error | null) => void;

/** The layer that a TLS engine works for. */
export interface EngineOwner {
  /** The engine has records to send, which it is to be asked for. */
  onRecords(): void;
  /** It has made its last record. */
  onFinal(done: EngineDone): void;
  /** It has decrypted bytes. */
  onData(chunk: Uint8Array): void;
  /** It has received `close_notify`. */
  onEnd(): void;
}

/** The TLS engine of one end: a socket of `node:tls`, over an own duplex. */
export interface TlsEngine {
  readonly socket: TlsSocket;
  readonly duplex: NodeDuplex;
  /** Gives bytes to the engine, which makes no use of them after the call. */
  deliver(bytes: Uint8Array): void;
  /**
   * Makes records of bytes; the call before this is done with, told or not.
   *
   * @returns Whether it has made all of them: if not, `done` tells that.
   */
  encrypt(bytes: Uint8Array, done: EngineDone): boolean;
  /** The records to send, if there are any: all before are with the system. */
  takeRecords(): Uint8Array | undefined;
}

/** Makes an engine, which begins its handshake. */
export type MakeEngine = (
  owner: EngineOwner,
  options: TlsLayerOptions,
) => TlsEngine;

/** The factories of engines. */
export interface EngineMakers {
  readonly makeEngine: MakeEngine;
  /** Makes one that asks nothing but Node's API of the runtime. */
  readonly makeStreamEngine: MakeEngine;
}

/** The name of bytes among the encodings of streams. */
const BYTES = "buffer" as BufferEncoding;
/** The request of a write without a callback. */
const REQUEST = {};

/**
 * The handle of a socket of Deno's `node:tls`: its engine. It is no part of Node's
 * API: where it is not as expected, the engine is used as a stream.
 */
interface Handle {
  /** Is told of decrypted bytes, and of the end without any. */
  onread(chunk?: ArrayBuffer): void;
  /** Looks up `onread`. */
  readStart(): void;
  /** Decrypts. */
  readBuffer(bytes: Uint8Array): void;
  /** Encrypts, and returns 0 unless it has failed. */
  writeBuffer(request: object, bytes: Uint8Array): number;
  /** Gives the records that have been made. */
  drainEncOut(): Uint8Array;
}

/** The runtime whose handle is known, which the tests of TLS have run with. */
const KNOWN_RUNTIME = /^2\.9\./;

const HANDLE_CALLS = [
  "readStart",
  "readBuffer",
  "writeBuffer",
  "drainEncOut",
] as const;

/** Defines the factories of engines. */
export function defineEngines(
  module: typeof NodeTlsModule,
  Duplex: typeof NodeDuplex,
): EngineMakers {
  /**
   * The raw connection, for the engine. Bytes go past the queues of
   * Node's streams, whose bookkeeping takes longer than a small record itself:
   * backpressure is the owner's.
   */
  class OwnedDuplex extends Duplex {
    readonly #owner: EngineOwner;
    #records: Uint8Array | undefined;
    #done: EngineDone | undefined;

    constructor(owner: EngineOwner) {
      super();
      this.#owner = owner;
    }

    override write(
      chunk: Uint8Array,
      encodingOrDone?: string | EngineDone,
      done?: EngineDone,
    ): boolean {
      this.#records = chunk;
      this.#done = typeof encodingOrDone === "function" ? encodingOrDone : done;
      this.#owner.onRecords();
      return true;
    }

    /** The written records, unless they have been taken. */
    takeRecords(): Uint8Array | undefined {
      const records = this.#records;
      this.#records = undefined;
      return records;
    }

    /** Lets the engine write more, within the call. */
    goOn(): void {
      const done = this.#done;
      this.#done = undefined;
      done?.();
    }

    override _read(): void {}

    override _final(done: EngineDone): void {
      this.#owner.onFinal(done);
    }
  }

  /** An engine that is used as a stream. */
  class StreamEngine implements TlsEngine {
    readonly socket: TlsSocket;
    readonly duplex: OwnedDuplex;
    readonly #isServer: boolean;

    constructor(owner: EngineOwner, options: TlsLayerOptions) {
      this.duplex = new OwnedDuplex(owner);
      this.socket = makeSocket(module, this.duplex, options);
      this.#isServer = options.isServer;
      // Chunks would go to the queue of the socket.
      this.socket.push = (chunk: Uint8Array | null): boolean => {
        if (chunk !== null) {
          owner.onData(chunk);
          return true;
        }
        owner.onEnd();
        return Duplex.prototype.push.call(this.socket, null);
      };
    }

    /**
     * Whether records may be sent. A server that fails sends an alert. The records
     * of a client may be the end of its handshake, and the server must not take it
     * for secure.
     */
    get maySend(): boolean {
      return this.#isServer || !this.duplex.destroyed;
    }

    deliver(bytes: Uint8Array): void {
      this.duplex.emit("data", bytes);
    }

    encrypt(bytes: Uint8Array, done: EngineDone): boolean {
      this.socket._write(bytes, BYTES, done);
      return false;
    }

    takeRecords(): Uint8Array | undefined {
      const written = this.duplex.takeRecords();
      if (written === undefined) this.duplex.goOn();
      const records = written ?? this.duplex.takeRecords();
      return this.maySend ? records : undefined;
    }
  }

  /**
   * An engine whose handle is called: for each record, the streams on the way to it
   * and back take more than half of the time of the engine.
   */
  class HandleEngine implements TlsEngine {
    readonly socket: TlsSocket;
    readonly duplex: OwnedDuplex;
    readonly #stream: StreamEngine;
    readonly #handle: Handle;
    /** That of the socket has the streams look for records after each call. */
    readonly #writeBuffer: Handle["writeBuffer"];
    /** How many bytes the next records have to carry. */
    #encrypted = 0;

    constructor(stream: StreamEngine, handle: Handle, owner: EngineOwner) {
      this.socket = stream.socket;
      this.duplex = stream.duplex;
      this.#stream = stream;
      this.#handle = handle;
      this.#writeBuffer = Object.getPrototypeOf(handle).writeBuffer;
      const { onread } = handle;
      handle.onread = (chunk) => {
        if (chunk === undefined) onread.call(handle);
        else if (!this.socket.destroyed) owner.onData(new Uint8Array(chunk));
      };
      // A client's has begun, with the function that was there before.
      handle.readStart();
    }

    deliver(bytes: Uint8Array): void {
      this.#handle.readBuffer(bytes);
    }

    encrypt(bytes: Uint8Array, done: EngineDone): boolean {
      this.#encrypted += bytes.length;
      // It keeps the rest of a call that is too long, and drops it at the next.
      for (let start = 0; start < bytes.length; start += MAX_RECORD) {
        const part = bytes.subarray(start, start + MAX_RECORD);
        const code = this.#writeBuffer.call(this.#handle, REQUEST, part);
        if (code !== 0) {
          done(new Error("The TLS engine does not take the bytes"));
        }
      }
      return true;
    }

    takeRecords(): Uint8Array | undefined {
      const records = this.duplex.takeRecords() ?? this.#handle.drainEncOut();
      if (records.length < this.#encrypted) {
        throw new Error("The TLS engine has not taken all bytes");
      }
      this.#encrypted = 0;
      const maySend = records.length > 0 && this.#stream.maySend;
      return maySend ? records : undefined;
    }
  }

  return {
    makeStreamEngine: (owner, options) => new StreamEngine(owner, options),
    makeEngine(owner, options) {
      const stream = new StreamEngine(owner, options);
      const handle = findHandle(stream.socket);
      return handle === undefined
        ? stream
        : new HandleEngine(stream, handle, owner);
    },
  };
}

/** The handle of a socket, if it is known, and has all that is called. */
function findHandle(socket: TlsSocket): Handle | undefined {
  if (!KNOWN_RUNTIME.test(Deno.version.deno)) return undefined;
  const { _handle } = socket as unknown as { _handle?: Partial<Handle> | null };
  if (typeof _handle?.onread !== "function") return undefined;
  const calls: Partial<Handle> = Object.getPrototypeOf(_handle);
  return HANDLE_CALLS.every((name) => typeof calls[name] === "function")
    ? _handle as Handle
    : undefined;
}

function makeSocket(
  module: typeof NodeTlsModule,
  duplex: NodeDuplex,
  options: TlsLayerOptions,
): TlsSocket {
  const { isServer, secureContext, serverName } = options;
  const ALPNProtocols = options.alpnProtocols as string[] | undefined;
  if (isServer) {
    const serverOptions: NodeTlsModule.TLSSocketOptions = {
      isServer,
      secureContext,
      requestCert: options.requestCert ?? false,
      rejectUnauthorized: options.requiresCert ?? false,
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    };
    return new module.TLSSocket(duplex, serverOptions);
  }
  const clientOptions: NodeTlsModule.ConnectionOptions = {
    socket: duplex,
    secureContext,
    // A numeric address is not told to the server (RFC 6066 section 3).
    ...(isNumeric(serverName)
      ? { host: serverName }
      : { servername: serverName }),
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    // Left out, a variable of the environment could turn it off.
    rejectUnauthorized: true,
    checkServerIdentity: (name, certificate) =>
      checkServerIdentity(module, name, certificate),
  };
  return module.connect(clientOptions);
}
