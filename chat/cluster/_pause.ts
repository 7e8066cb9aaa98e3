import { sleep } from "../../internal/wait/sleep.ts";

/** Waits; returns whether the signal is still not aborted. */
export async function pause(
  delay: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await sleep(delay, signal);
    return true;
  } catch {
    return false;
  }
}
