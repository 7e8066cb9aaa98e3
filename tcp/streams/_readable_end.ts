/** The readable stream of a connection, as its own readers see it. */
export interface ReadableEnd extends ReadableStream<Uint8Array<ArrayBuffer>> {
  /** Whether the stream has ended, failed or been cancelled. */
  readonly isOver: boolean;
  /** Whether it was cancelled. */
  readonly isCancelled: boolean;
  /** Brings the native stream to its end. */
  end(): void;
  /**
   * Brings the native stream into its errored state.
   *
   * @returns The error that it has, which is that of the first failure.
   */
  fail(error: unknown): unknown;
}
