import type { Ends } from "../../internal/address/address.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import { HeadedConn } from "../conn/_headed_conn.ts";
import type { RawConn } from "../conn/_raw_conn.ts";

/** A socket that may be one of a proxy. */
export interface ProxySocket<A> extends RawConn, Ends<A> {
  // Those of TCP have them.
  setNoDelay?(noDelay?: boolean): void;
  setKeepAlive?(keepAlive?: boolean): void;
}

/** A raw connection whose PROXY header has been read. */
export class ProxiedConn<A> extends HeadedConn implements ProxySocket<A> {
  readonly #socket: ProxySocket<A>;
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
    super(socket, head);
    this.#socket = socket;
    this.localAddr = socket.localAddr;
    this.remoteAddr = source ?? socket.remoteAddr;
    this.proxyAddr = source && socket.remoteAddr;
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    return this.#mark(super.read(buffer));
  }

  override write(data: Uint8Array): Promise<number> {
    return this.#mark(super.write(data));
  }

  override closeWrite(): Promise<void> {
    return this.#mark(super.closeWrite());
  }

  /** A proxy may cut its own connections, as HAProxy ends its health checks. */
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
