/** What the listener of a program has come to. */
export interface ListenerReport {
  readonly accepted: number;
  readonly errors: number;
}

/**
 * Prepares a program for having no files left.
 *
 * Deno 2.9.6 opens files for signals when it first listens for one, which it
 * does by itself about a second after its start, and ends if there are none. A
 * listener of the program's own has them opened at once.
 */
export function prepareForFewFiles(): void {
  const listener = () => {};
  Deno.addSignalListener("SIGINT", listener);
  Deno.removeSignalListener("SIGINT", listener);
}

/** Tells the port of a listener, and its counters for each line of the input. */
export async function reportOnDemand(listener: {
  readonly addr: Deno.NetAddr;
  readonly acceptedCount: number;
  readonly errorCount: number;
}): Promise<void> {
  console.log(listener.addr.port);
  for await (const chunk of Deno.stdin.readable) {
    for (const byte of chunk) {
      if (byte !== 0x0a) continue;
      const { acceptedCount: accepted, errorCount: errors } = listener;
      const report: ListenerReport = { accepted, errors };
      console.log(JSON.stringify(report));
    }
  }
}
