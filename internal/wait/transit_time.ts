/** The slowest rate at which a healthy peer reads, in bytes a millisecond. */
const SLOWEST_RATE = 8 * 1024 / 1000;

/** Milliseconds after which bytes are lost, however many they were. */
const LONGEST = 120_000;

/**
 * How long bytes that the system has taken may be on their way to a peer that
 * reads slowly, in milliseconds. The system holds up to some megabytes, and says
 * nothing of how they get on: 4 MB need 32 s on a link of 1 Mbit/s.
 */
export function transitTime(bytes: number): number {
  return Math.min(bytes / SLOWEST_RATE, LONGEST);
}

/**
 * How long bytes may be on their way to a peer that reads slowly, and that does not
 * tell how many have arrived.
 */
export class Transit {
  /** When all of them have arrived at the latest. */
  #arrivesAt = 0;

  /** Sends so many bytes. */
  add(bytes: number): void {
    const now = performance.now();
    const left = Math.max(this.#arrivesAt - now, 0) + transitTime(bytes);
    this.#arrivesAt = now + Math.min(left, LONGEST);
  }

  /** Milliseconds that the bytes sent may still need. */
  get time(): number {
    return Math.max(this.#arrivesAt - performance.now(), 0);
  }
}
