/** Keeps the process busy: nothing is read and no timer fires meanwhile. */
export function beBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) { /* It computes. */ }
}
