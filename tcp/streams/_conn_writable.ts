import { isBytes } from "../../internal/bytes/bytes.ts";
import type { WriteHalf } from "../conn/_write_half.ts";

/** How many bytes may wait before the stream signals backpressure. */
const HIGH_WATER_MARK = 64 * 1024;

const ignore = () => {};

/**
 * The writable stream of a connection. Its writers are subclasses of the native
 * ones that hold the native lock but write to the connection itself, for the
 * reason given at `ConnReadable`; `pipeTo` of any other stream runs on the
 * native machinery.
 *
 * Backpressure is that of the connection: `desiredSize` counts down from 64 KiB
 * by the bytes that the system has not taken.
 */
export class ConnWritable extends WritableStream<Uint8Array> {
  /** The half that the stream writes to. */
  readonly half: WriteHalf;
  readonly #controller: WritableStreamDefaultController;
  /**
   * Whether the native stream is closing, closed or errored: the rest of its life
   * is left to the native machinery.
   */
  isOver = false;

  constructor(half: WriteHalf) {
    let controller: WritableStreamDefaultController | undefined;
    super({
      start: (given) => {
        controller = given;
      },
      write: (chunk) => half.writeChunk(chunk),
      close: () => half.closeWrite(),
      // FIN waits for the piece that is with the system, an abort does not.
      abort: (reason) => void half.abort(reason).catch(ignore),
    }, {
      highWaterMark: HIGH_WATER_MARK,
      // A chunk that is no bytes fails when it is written, with an error that says so.
      size: (chunk) => isBytes(chunk) ? chunk.length : 0,
    });
    if (controller === undefined) throw new TypeError("Cannot make the stream");
    this.half = half;
    this.#controller = controller;
  }

  override getWriter(): WritableStreamDefaultWriter<Uint8Array> {
    return new ConnWriter(this, this.half);
  }

  override close(): Promise<void> {
    if (!this.locked) this.isOver = true;
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    if (!this.locked) this.isOver = true;
    return super.abort(reason);
  }

  /** Brings the native stream into its errored state. */
  fail(error: unknown): void {
    this.isOver = true;
    this.#controller.error(error);
  }
}

/** A writer: it holds the native lock and writes to the connection. */
class ConnWriter extends WritableStreamDefaultWriter<Uint8Array> {
  readonly #stream: ConnWritable;
  readonly #half: WriteHalf;
  /** Whether chunks wait in the native queue, which later ones must not pass. */
  readonly #isNative: boolean;
  #isReleased = false;
  /** `ready` while there is room. */
  #room: Promise<undefined> | undefined;
  /** `ready` while there is none. */
  #noRoom: PromiseWithResolvers<undefined> | undefined;

  constructor(stream: ConnWritable, half: WriteHalf) {
    super(stream);
    this.#stream = stream;
    this.#half = half;
    this.#isNative = super.desiredSize !== HIGH_WATER_MARK;
  }

  get #isDirect(): boolean {
    return !(this.#isNative || this.#isReleased || this.#stream.isOver);
  }

  override get desiredSize(): number | null {
    return this.#isDirect
      ? HIGH_WATER_MARK - this.#half.bufferedBytes
      : super.desiredSize;
  }

  override get ready(): Promise<undefined> {
    if (!this.#isDirect) return super.ready as Promise<undefined>;
    return this.#half.bufferedBytes < HIGH_WATER_MARK
      ? this.#room ??= Promise.resolve(undefined)
      : (this.#noRoom ??= this.#awaitRoom()).promise;
  }

  override write(chunk?: Uint8Array): Promise<void> {
    return this.#isDirect ? this.#half.writeChunk(chunk) : super.write(chunk);
  }

  override close(): Promise<void> {
    if (!this.#isReleased) this.#stream.isOver = true;
    this.#noRoom?.resolve(undefined);
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    if (!this.#isReleased) this.#stream.isOver = true;
    this.#noRoom?.reject(reason);
    return super.abort(reason);
  }

  override releaseLock(): void {
    this.#isReleased = true;
    this.#noRoom?.reject(
      new TypeError("Cannot wait for room: the writer has released its lock"),
    );
    super.releaseLock();
  }

  /** Makes the promise of `ready`, which the end of this writer settles too. */
  #awaitRoom(): PromiseWithResolvers<undefined> {
    const room = Promise.withResolvers<undefined>();
    room.promise.catch(() => {});
    this.#half.drained(HIGH_WATER_MARK).then(() => {
      this.#noRoom = undefined;
      room.resolve(undefined);
    }, room.reject);
    return room;
  }
}
