/** The other end of a tunnel. */
export interface TunnelTarget {
  /** A name, which the proxy looks up, or a numeric address. */
  readonly hostname: string;
  readonly port: number;
}

/** Why a handshake with a proxy has failed. */
export interface ProxyFailure {
  /** What the proxy did, as it stands behind its name. */
  readonly reason: string;
  /** The status of an HTTP proxy. */
  readonly status?: number;
  /** The reply code of a SOCKS5 proxy. */
  readonly reply?: number;
  /** The system's name for the reason. */
  readonly code?: string;
}

/** The client's side of a handshake with a proxy, without I/O. */
export interface ProxyHandshake {
  /** Whether it is over, one way or the other. */
  readonly isDone: boolean;
  /** Why it has failed. */
  readonly failure: ProxyFailure | undefined;
  /** Returns what has to be sent now; `undefined` for nothing. */
  takeOutput(): Uint8Array | undefined;
  /**
   * Takes the next bytes of the proxy, which are not kept.
   *
   * @returns How many belong to the handshake.
   */
  push(bytes: Uint8Array): number;
}
