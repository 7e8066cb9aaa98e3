import { ReplyRefusedError } from "../reply_refused_error.ts";

/**
 * Makes a stream that sends each chunk, and drops replies that `maxReplyRatio`
 * refuses.
 *
 * @param send Sends a chunk.
 * @param onEnd Called when the stream is closed or aborted.
 */
export function sendStream<T>(
  send: (chunk: T) => Promise<unknown>,
  onEnd: () => void = () => {},
): WritableStream<T> {
  return new WritableStream<T>({
    async write(chunk) {
      try {
        await send(chunk);
      } catch (error) {
        if (!(error instanceof ReplyRefusedError)) throw error;
      }
    },
    close: onEnd,
    abort: onEnd,
  });
}
