import { Admission, type AdmissionFault } from "./_address_counts.ts";
import type { Monitor } from "../monitoring/_monitor.ts";
import type { NetConn } from "../frontends/_frontend.ts";

/** How many of those who may not come in are told so at the same time. */
const MAX_TELLING = 64;

/** How many may come in. */
export interface ReceptionLimits {
  /** The most connections at once, of all addresses. */
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly maxNewPerAddress: number;
  readonly exemptLoopback: boolean;
}

/** Why somebody may not come in. */
export type ReceptionFault = AdmissionFault | "full" | "banned" | "shutdown";

/** What is asked about everyone who comes. */
export interface House {
  /** Whether nobody is let in any more. */
  readonly isStopping: boolean;
  /** Whether nobody is let in from an address. */
  isBanned(hostname: string): boolean;
}

/** Decides who may come in, on all sides of a server together. */
export class Reception {
  readonly #maxConnections: number;
  readonly #admission: Admission;
  readonly #monitor: Monitor;
  readonly #house: House;
  #open = 0;
  #telling = 0;

  /** Bytes received and sent on connections that are over. */
  bytesReceived = 0;
  bytesSent = 0;

  constructor(
    limits: ReceptionLimits,
    monitor: Monitor,
    house: House,
  ) {
    this.#maxConnections = limits.maxConnections;
    this.#admission = new Admission(limits);
    this.#monitor = monitor;
    this.#house = house;
  }

  /** Counts a connection until it is dismissed, or tells why it may not stay. */
  admit(kind: "tcp" | "http", hostname: string): ReceptionFault | undefined {
    const { isStopping } = this.#house;
    if (!isStopping && this.#house.isBanned(hostname)) return "banned";
    const fault = this.reserve(hostname);
    if (fault !== undefined) return fault;
    const later = this.admitReserved(kind, hostname);
    if (later !== undefined) this.cancel(hostname);
    return later;
  }

  /**
   * Counts a connection of which nothing is known yet, such as one whose TLS
   * handshake is before it, until it is cancelled or dismissed; or tells why it
   * may not have a place.
   */
  reserve(hostname: string): ReceptionFault | undefined {
    if (this.#house.isStopping) return "shutdown";
    if (this.#open >= this.#maxConnections) return "full";
    const fault = this.#admission.open(hostname, performance.now());
    if (fault === undefined) this.#open++;
    return fault;
  }

  /** Admits a connection that has its place, or tells why it may not stay. */
  admitReserved(
    kind: "tcp" | "http",
    hostname: string,
  ): ReceptionFault | undefined {
    if (this.#house.isStopping) return "shutdown";
    if (this.#house.isBanned(hostname)) return "banned";
    const fault = kind === "tcp" ? this.enter(hostname) : undefined;
    if (fault === undefined) this.#monitor.accepted++;
    return fault;
  }

  /** Counts an admitted connection as one that enters the chat. */
  enter(hostname: string): AdmissionFault | undefined {
    return this.#admission.enter(hostname, performance.now());
  }

  /** Gives up a place. */
  cancel(hostname: string): void {
    this.#open--;
    this.#admission.close(hostname, performance.now());
  }

  /** Counts what went over a connection that is over. */
  countTraffic(conn: NetConn): void {
    this.bytesReceived += conn.bytesRead;
    this.bytesSent += conn.bytesWritten;
  }

  /** Counts somebody who was turned away. */
  refuse(kind: "tcp" | "http", address: string, reason: string): void {
    this.#monitor.refuse(kind, address, reason);
  }

  /** Counts somebody who was gone, or spoke no TLS, before they were in. */
  countBroken(): void {
    this.#monitor.refused.add("broken");
  }

  /**
   * Tells somebody why they may not come in, unless many are being told: those
   * who come in masses must not cost more than their number.
   */
  async telling(tell: () => Promise<void>): Promise<void> {
    if (this.#telling >= MAX_TELLING) return;
    this.#telling++;
    try {
      await tell();
    } catch {
      // They are gone before they were told.
    } finally {
      this.#telling--;
    }
  }
}
