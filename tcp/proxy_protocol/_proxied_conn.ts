import type { Ends } from "../../internal/address/address.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import type { RawConn } from "../conn/_raw_conn.ts";

/** A socket that may be one of a proxy. */
export interface ProxySocket<A> extends RawConn, Ends<A> {
  // Those of TCP have them.
  setNoDelay?(noDelay?: boolean): void;
  setKeepAlive?(keepAlive?: boolean): void;
}

/** A raw connection whose PROXY header has been read. */
export class ProxiedConn<A> implements ProxySocket<A> {
  readonly #socket: ProxySocket<A>;
  /** What has come behind the header, and has not been read yet. */
  #head: Uint8Array | undefined;
  readonly localAddr: A;
  readonly remoteAddr: A;
  readonly proxyAddr: A | undefined;

  /**
   * @param socket The socket of the proxy.
   * @param source The address of the client, `undefined` if the connection is
   * the proxy's own.
   * @param head The bytes that have come behind the header.
   */
  constructor(socket: ProxySocket<A>, source: A | undefined, head: Uint8Array) {
    this.#socket = socket;
    this.#head = head.length > 0 ? head : undefined;
    this.localAddr = socket.localAddr;
    this.remoteAddr = source ?? socket.remoteAddr;
    this.proxyAddr = source && socket.remoteAddr;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const head = this.#head;
    if (head === undefined) return this.#mark(this.#socket.read(buffer));
    const length = Math.min(head.length, buffer.length);
    copyBytes(head, 0, length, buffer, 0);
    this.#head = length < head.length ? head.subarray(length) : undefined;
    return Promise.resolve(length);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#mark(this.#socket.write(data));
  }

  closeWrite(): Promise<void> {
    return this.#mark(this.#socket.closeWrite());
  }

  close(): void {
    this.#socket.close();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** A proxy may cut what is its own, as HAProxy ends its health checks. */
  #mark<T>(call: Promise<T>): Promise<T> {
    if (this.proxyAddr !== undefined) return call;
    return call.catch((error) => {
      throw isPeerEnd(error) ? expectEnd(error) : error;
    });
  }

  setNoDelay(noDelay?: boolean): void {
    this.#socket.setNoDelay?.(noDelay);
  }

  setKeepAlive(keepAlive?: boolean): void {
    this.#socket.setKeepAlive?.(keepAlive);
  }
}
