import { HeadedConn } from "../conn/_headed_conn.ts";
import type { RawConn } from "../conn/_raw_conn.ts";

/**
 * A raw connection through a proxy. Its addresses are those of the connection to
 * the proxy.
 */
export class TunnelConn extends HeadedConn {
  /** The connection to the proxy. */
  readonly socket: Deno.TcpConn;
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;

  /**
   * @param socket The connection to the proxy.
   * @param stream The transport: the same, or TLS over it.
   * @param head The bytes that have come behind the proxy's answer.
   */
  constructor(socket: Deno.TcpConn, stream: RawConn, head: Uint8Array) {
    super(stream, head);
    this.socket = socket;
    this.localAddr = socket.localAddr;
    this.remoteAddr = socket.remoteAddr;
  }

  setNoDelay(noDelay?: boolean): void {
    this.socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive?: boolean): void {
    this.socket.setKeepAlive(keepAlive);
  }
}
