/**
 * Closes a resource of the runtime that another holder of it may have
 * closed already: then there is nothing to do.
 */
export function closeRaw(raw: { close(): void }): void {
  try {
    raw.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
