import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import type { RawConn } from "../conn/_raw_conn.ts";

/**
 * A raw connection through a proxy. Its addresses are those of the connection to
 * the proxy.
 */
export class TunnelConn implements RawConn {
  /** The connection to the proxy. */
  readonly socket: Deno.TcpConn;
  /** The same, or TLS over it. */
  readonly #stream: RawConn;
  /** The bytes that came behind the proxy's answer, and have not been read yet. */
  #head: Uint8Array | undefined;
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;

  /**
   * @param socket The connection to the proxy.
   * @param stream What carries the bytes.
   * @param head The bytes that have come behind the proxy's answer.
   */
  constructor(socket: Deno.TcpConn, stream: RawConn, head: Uint8Array) {
    this.socket = socket;
    this.#stream = stream;
    this.#head = head.length > 0 ? head : undefined;
    this.localAddr = socket.localAddr;
    this.remoteAddr = socket.remoteAddr;
  }

  get hasEndMessage(): boolean {
    return this.#stream.hasEndMessage === true;
  }

  failEnd(): void {
    this.#stream.failEnd?.();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const head = this.#head;
    if (head === undefined) return this.#stream.read(buffer);
    const length = Math.min(head.length, buffer.length);
    copyBytes(head, 0, length, buffer, 0);
    this.#head = length < head.length ? head.subarray(length) : undefined;
    return Promise.resolve(length);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#stream.write(data);
  }

  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  close(): void {
    this.#stream.close();
  }

  ref(): void {
    this.#stream.ref();
  }

  unref(): void {
    this.#stream.unref();
  }

  setNoDelay(noDelay?: boolean): void {
    this.socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive?: boolean): void {
    this.socket.setKeepAlive(keepAlive);
  }
}
