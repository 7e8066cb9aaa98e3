import type { UdpAddr } from "../udp_address.ts";

/** Takes what a {@linkcode UdpBackend} receives. */
export interface UdpSink {
  /**
   * Takes a datagram, whose bytes are valid during the call only, while the
   * address is the sink's.
   *
   * @returns Whether someone waits for another one.
   */
  onDatagram(bytes: Uint8Array, addr: UdpAddr): boolean;
  /**
   * Takes the system's word that something sent earlier did not arrive.
   *
   * @returns Whether someone still waits.
   */
  onUnreachable(error: unknown): boolean;
  /** Takes the failure of the receiving itself, which has stopped. */
  onFailure(error: unknown): void;
}

/** A group that a socket has joined. */
export interface BackendMembership {
  leave(): Promise<void>;
}

/** A group, and the interface to join it on, `undefined` for the system's choice. */
export interface GroupRequest {
  readonly group: string;
  readonly isIpv6: boolean;
  readonly networkInterface: string | number | undefined;
}

/**
 * A bound UDP socket: what `Deno.listenDatagram` and `node:dgram` have in
 * common. Calls are checked by their caller and made while the socket is open;
 * failures are the runtime's own errors.
 */
export interface UdpBackend {
  /** Which one it is. */
  readonly kind: "native" | "node";
  /** The address it is bound to. */
  readonly addr: UdpAddr;
  /** Whether `send` has handed the bytes over when it returns. */
  readonly sendsAtOnce: boolean;

  /** Says where datagrams go. Called once, before anything else. */
  open(sink: UdpSink): void;
  /** Someone waits: receive, and keep the process alive meanwhile. */
  wake(): void;
  /** Nobody waits any more: let the process end. */
  rest(): void;
  /** Sends a datagram. The bytes stay as they are until it settles. */
  send(data: Uint8Array, target: UdpAddr): Promise<unknown>;
  /** Lets waiting keep the process alive. */
  ref(): void;
  /** Lets the process end although someone waits. */
  unref(): void;
  /** Frees the socket. Nothing reaches the sink from then on. */
  close(): void;

  setBroadcast(on: boolean): void;
  join(request: GroupRequest): Promise<BackendMembership>;
  setMulticastTtl(ttl: number): Promise<void>;
  setMulticastLoopback(on: boolean): Promise<void>;
  setMulticastInterface(networkInterface: string | number): Promise<void>;
}

/** What a back end needs in order to bind. */
export interface BindRequest {
  /** A numeric address, or a name where the process may use only that. */
  readonly hostname: string;
  readonly isIpv6: boolean;
  readonly port: number;
  readonly reuseAddress: boolean;
  /** How many bytes of a datagram are of use. */
  readonly maxDatagramSize: number;
}
