import type { ConnReadable } from "./_conn_readable.ts";
import type { ConnWritable } from "./_conn_writable.ts";

/**
 * Pipes one connection to another (or the same, as an echo) as `pipeTo` does,
 * with the same ends: the end of the source closes the destination, an error of
 * the source aborts it, an error of the destination cancels the source, each
 * unless prevented.
 *
 * A chunk is written before the next is read: the bytes in between are bounded
 * by one chunk, and a slow destination stops the source.
 */
export async function pump(
  source: ConnReadable,
  destination: ConnWritable,
  options: StreamPipeOptions,
): Promise<void> {
  const reader = source.getReader();
  const writer = destination.getWriter();
  let broken: { error: unknown } | undefined;
  const onBroken = (error: unknown) => {
    if (broken !== undefined) return;
    broken = { error };
    // Ends a pending read, so that the loop comes to its end too.
    if (options.preventCancel) reader.releaseLock();
    else reader.cancel(error).catch(() => {});
  };
  writer.closed.catch(onBroken);
  try {
    while (broken === undefined) {
      const { done, value } = await reader.read();
      if (done) break;
      try {
        await writer.write(value);
      } catch (error) {
        onBroken(error);
      }
    }
    if (broken === undefined && !options.preventClose) await writer.close();
  } catch (error) {
    if (broken === undefined) {
      if (!options.preventAbort) await writer.abort(error).catch(() => {});
      throw error;
    }
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
  if (broken !== undefined) throw broken.error;
}
