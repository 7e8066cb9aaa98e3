import type { UdpAddr } from "../udp_address.ts";

/** Receives the datagrams of a {@linkcode UdpBackend}. */
export interface UdpSink {
  /**
   * Takes a datagram. The bytes are valid during the call only; the address
   * belongs to the sink.
   *
   * @returns Whether a call waits for another datagram.
   */
  onDatagram(bytes: Uint8Array, addr: UdpAddr): boolean;
  /**
   * Takes the system's report that an earlier datagram did not arrive.
   *
   * @returns Whether a call waits.
   */
  onUnreachable(error: unknown): boolean;
  /** Takes the failure of the receiving, which has stopped. */
  onFailure(error: unknown): void;
}

/** A group that a socket has joined. */
export interface BackendMembership {
  leave(): Promise<void>;
}

/** A group, and the interface to join it on; by default the system chooses. */
export interface GroupRequest {
  readonly group: string;
  readonly isIpv6: boolean;
  readonly networkInterface: string | number | undefined;
}

/**
 * A bound UDP socket, over `Deno.listenDatagram` or `node:dgram`. The caller
 * checks the arguments, and calls only while the socket is open. Failures are the
 * runtime's own errors.
 */
export interface UdpBackend {
  /** The API of the runtime behind it. */
  readonly kind: "native" | "node";
  /** The address it is bound to. */
  readonly addr: UdpAddr;
  /** Whether the system has the bytes when `send` returns. */
  readonly sendsAtOnce: boolean;

  /** Sets the receiver of datagrams. Called once, before any other call. */
  open(sink: UdpSink): void;
  /** A call waits: receives, and keeps the process alive meanwhile. */
  wake(): void;
  /** No call waits any more: lets the process end. */
  rest(): void;
  /** Sends a datagram. The bytes are not changed until it settles. */
  send(data: Uint8Array, target: UdpAddr): Promise<unknown>;
  /** Lets calls that wait keep the process alive. */
  ref(): void;
  /** Lets the process end while calls wait. */
  unref(): void;
  /** Frees the socket. The sink is not called any more. */
  close(): void;

  setBroadcast(on: boolean): void;
  join(request: GroupRequest): Promise<BackendMembership>;
  setMulticastTtl(ttl: number): Promise<void>;
  setMulticastLoopback(on: boolean): Promise<void>;
  setMulticastInterface(networkInterface: string | number): Promise<void>;
}

/** The parameters of a bind. */
export interface BindRequest {
  /** A numeric address, or a name if the process may use the name alone. */
  readonly hostname: string;
  readonly isIpv6: boolean;
  readonly port: number;
  readonly reuseAddress: boolean;
  /** How many bytes of a datagram are received. */
  readonly maxDatagramSize: number;
}
