/**
 * Closes a resource of the runtime that somebody else who holds it may have
 * closed already: then there is nothing to do.
 */
export function closeRaw(raw: { close(): void }): void {
  try {
    raw.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
