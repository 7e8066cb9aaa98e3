import type { Monitor } from "../monitoring/_monitor.ts";
import {
  AddressCounts,
  type AddressFault,
  type AddressLimits,
} from "./_address_counts.ts";

/** The limits of all connections. */
export interface AdmissionLimits extends AddressLimits {
  /** The most open connections, of all addresses. */
  readonly maxConnections: number;
}

/** Why a connection is rejected. */
export type Rejection = AddressFault | "full" | "banned" | "shutdown";

/** The state of the chat that decides on every connection. */
export interface AdmissionState {
  /** Whether the server is shutting down. */
  readonly isStopping: boolean;
  /** Whether an address is banned. */
  isBanned(hostname: string): boolean;
}

/**
 * Decides which connections may come in, for all frontends of a server. The
 * address of a connection is `undefined` if it is that of a proxy: then it has
 * neither limits nor a ban, and its client may follow by
 * {@linkcode Admission.admitClient}.
 */
export class Admission {
  readonly #maxConnections: number;
  readonly #addresses: AddressCounts;
  readonly #monitor: Monitor;
  readonly #state: AdmissionState;
  #open = 0;

  constructor(
    limits: AdmissionLimits,
    monitor: Monitor,
    state: AdmissionState,
  ) {
    this.#maxConnections = limits.maxConnections;
    this.#addresses = new AddressCounts(limits);
    this.#monitor = monitor;
    this.#state = state;
  }

  /** Reserves a place and admits the connection, or tells why not. */
  admit(
    kind: "tcp" | "http",
    hostname: string | undefined,
  ): Rejection | undefined {
    const early = this.#refusal(hostname) ?? this.#takePlace(hostname);
    if (early !== undefined) return early;
    const late = this.#accept(kind, hostname);
    if (late !== undefined) this.release(hostname);
    return late;
  }

  /**
   * Counts a connection before anything is known of it, such as during its TLS
   * handshake, until {@linkcode release}; or tells why it may not stay.
   */
  reserve(hostname: string | undefined): Rejection | undefined {
    return this.#state.isStopping ? "shutdown" : this.#takePlace(hostname);
  }

  /** Admits a connection that has a place, or tells why it may not stay. */
  admitReserved(
    kind: "tcp" | "http",
    hostname: string | undefined,
  ): Rejection | undefined {
    return this.#refusal(hostname) ?? this.#accept(kind, hostname);
  }

  /** Counts an admitted connection as one that enters the chat. */
  enter(hostname: string | undefined): AddressFault | undefined {
    if (hostname === undefined) return undefined;
    return this.#addresses.enter(hostname, performance.now());
  }

  /** Releases a reserved place. */
  release(hostname: string | undefined): void {
    this.#open--;
    if (hostname !== undefined) this.releaseClient(hostname);
  }

  /**
   * Counts the client of a proxy, whose connection has a place, until
   * {@linkcode releaseClient}; or tells why it may not stay.
   */
  admitClient(hostname: string): Rejection | undefined {
    return this.#refusal(hostname) ??
      this.#addresses.open(hostname, performance.now());
  }

  /** Takes back an {@linkcode admitClient}. */
  releaseClient(hostname: string): void {
    this.#addresses.close(hostname, performance.now());
  }

  /** Why nobody may enter now, or nobody from this address. */
  #refusal(hostname: string | undefined): Rejection | undefined {
    if (this.#state.isStopping) return "shutdown";
    const isBanned = hostname !== undefined && this.#state.isBanned(hostname);
    return isBanned ? "banned" : undefined;
  }

  #takePlace(hostname: string | undefined): Rejection | undefined {
    if (this.#open >= this.#maxConnections) return "full";
    const fault = hostname === undefined
      ? undefined
      : this.#addresses.open(hostname, performance.now());
    if (fault === undefined) this.#open++;
    return fault;
  }

  #accept(
    kind: "tcp" | "http",
    hostname: string | undefined,
  ): Rejection | undefined {
    const fault = kind === "tcp" ? this.enter(hostname) : undefined;
    if (fault === undefined) this.#monitor.accepted++;
    return fault;
  }
}
