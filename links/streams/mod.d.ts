// The types of @std/streams 1.1.2.

export interface BufferBytesOptions {
  /** Whether the bytes are copied; `true` by default. */
  copy?: boolean;
}

export class Buffer {
  constructor(ab?: ArrayBufferLike | ArrayLike<number>);
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>>;
  get writable(): WritableStream<Uint8Array>;
  get length(): number;
  get capacity(): number;
  bytes(options?: BufferBytesOptions): Uint8Array<ArrayBuffer>;
  empty(): boolean;
  truncate(n: number): void;
  reset(): void;
  grow(n: number): void;
}

export class ByteSliceStream
  extends TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  constructor(start?: number, end?: number);
}

export function concatReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;

/** Where a delimiter goes. */
export type DelimiterDisposition = "suffix" | "prefix" | "discard";

export interface DelimiterStreamOptions {
  disposition?: DelimiterDisposition;
}

export class DelimiterStream
  extends TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  constructor(delimiter: Uint8Array, options?: DelimiterStreamOptions);
}

export function earlyZipReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;

export interface LimitedBytesTransformStreamOptions {
  /** Fail beyond the limit instead of ending; `false` by default. */
  error?: boolean;
}

export class LimitedBytesTransformStream
  extends TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  constructor(size: number, options?: LimitedBytesTransformStreamOptions);
}

export interface LimitedTransformStreamOptions {
  /** Fail beyond the limit instead of ending; `false` by default. */
  error?: boolean;
}

export class LimitedTransformStream<T> extends TransformStream<T, T> {
  constructor(size: number, options?: LimitedTransformStreamOptions);
}

export function mergeReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;

export class TextDelimiterStream extends TransformStream<string, string> {
  constructor(delimiter: string, options?: DelimiterStreamOptions);
}

export interface TextLineStreamOptions {
  /** Whether a lone CR ends a line too; `false` by default. */
  allowCR?: boolean;
}

export class TextLineStream extends TransformStream<string, string> {
  constructor(options?: TextLineStreamOptions);
}

export function toArrayBuffer(
  stream: ReadableStream<Uint8Array>,
): Promise<ArrayBuffer>;

export function toBlob(stream: ReadableStream<Uint8Array>): Promise<Blob>;

export function toBytes(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>>;

export function toJson(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<unknown>;

export function toText(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<string>;

export function toTransformStream<I, O>(
  transformer: (src: ReadableStream<I>) => Iterable<O> | AsyncIterable<O>,
  writableStrategy?: QueuingStrategy<I>,
  readableStrategy?: QueuingStrategy<O>,
): TransformStream<I, O>;

export function zipReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;
