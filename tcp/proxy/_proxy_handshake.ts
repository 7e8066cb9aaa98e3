/** The other end of a tunnel. */
export interface TunnelTarget {
  /** A name, which the proxy looks up, or a numeric address. */
  readonly hostname: string;
  readonly port: number;
}

/** Why a handshake with a proxy has failed. */
export interface ProxyFailure {
  /** The reason, worded to follow the name of the proxy. */
  readonly reason: string;
  /** The status of an HTTP proxy. */
  readonly status?: number;
  /** The reply code of a SOCKS5 proxy. */
  readonly reply?: number;
  /** The system's name for the reason. */
  readonly code?: string;
}

/** The client's side of a handshake with a proxy, without I/O. */
export abstract class ProxyHandshake {
  /** The bytes to send before anything else. */
  protected output: Uint8Array | undefined;

  /** Whether it is over, one way or the other. */
  abstract get isDone(): boolean;

  /** Why it has failed. */
  abstract get failure(): ProxyFailure | undefined;

  /**
   * Takes the next bytes of the proxy, which are not kept.
   *
   * @returns How many belong to the handshake.
   */
  abstract push(bytes: Uint8Array): number;

  /** Returns the bytes to send now; `undefined` for none. */
  takeOutput(): Uint8Array | undefined {
    const { output } = this;
    this.output = undefined;
    return output;
  }
}
