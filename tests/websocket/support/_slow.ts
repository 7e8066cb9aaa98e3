import { deadline, delay } from "@std/async";
import type { RawPeer } from "../../conformance/_raw_peer.ts";

/** Bytes a second of a slow link, with the limits scaled down. */
const RATE = 10_000;
const STEP = 50;

/** Sends bytes at 10 kB/s. */
export async function sendSlowly(
  peer: RawPeer,
  bytes: Uint8Array,
): Promise<void> {
  const size = RATE * STEP / 1000;
  for (let at = 0; at < bytes.length; at += size) {
    await peer.send(bytes.subarray(at, at + size));
    await delay(STEP);
  }
}

/** Fails rather than hangs. */
export function soon<T>(promise: Promise<T>): Promise<T> {
  return deadline(promise, 60_000);
}
