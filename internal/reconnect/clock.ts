import { sleep } from "../wait/sleep.ts";

/** Time and chance, which tests replace. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Resolves after a delay, or rejects with the reason of the signal. */
  sleep(delay: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the system. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep,
};
