// The types of @std/async 1.5.0 for the names that mod.js exports.

export function abortable<T>(p: Promise<T>, signal: AbortSignal): Promise<T>;
export function abortable<T>(
  p: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T>;

export class ChannelClosedError extends Error {
  /** The value that could not be sent; absent when receiving failed. */
  readonly value?: unknown;
  constructor(message: string, ...rest: [value: unknown] | []);
}

export type ChannelReceiveResult<T> =
  | { state: "ok"; value: T }
  | { state: "empty" }
  | { state: "closed" };

export interface ChannelOptions {
  /** How many values wait without a receiver; 0 hands over directly. */
  capacity?: number;
}

export interface ChannelSendOptions {
  signal?: AbortSignal;
}

export interface ChannelReceiveOptions {
  signal?: AbortSignal;
}

export class Channel<T>
  implements AsyncIterable<T>, Disposable, AsyncDisposable {
  constructor(options?: ChannelOptions);
  send(value: T, options?: ChannelSendOptions): Promise<void>;
  receive(options?: ChannelReceiveOptions): Promise<T>;
  trySend(value: T): boolean;
  tryReceive(): ChannelReceiveResult<T>;
  close(): void;
  close(reason: unknown): void;
  get closed(): boolean;
  get size(): number;
  get capacity(): number;
  toReadableStream(): ReadableStream<T>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface DeadlineOptions {
  signal?: AbortSignal;
}

export function deadline<T>(
  p: Promise<T>,
  ms: number,
  options?: DeadlineOptions,
): Promise<T>;

export interface DebounceOptions {
  signal?: AbortSignal | undefined;
}

export interface DebouncedFunction<T extends Array<unknown>> {
  (...args: T): void;
  clear(): void;
  flush(): void;
  readonly pending: boolean;
}

// deno-lint-ignore no-explicit-any
export function debounce<T extends Array<any>>(
  fn: (this: DebouncedFunction<T>, ...args: T) => void,
  wait: number,
  options?: DebounceOptions,
): DebouncedFunction<T>;

export interface DelayOptions {
  signal?: AbortSignal;
  /** Whether the timer keeps the process alive; `true` by default. */
  persistent?: boolean;
}

export function delay(ms: number, options?: DelayOptions): Promise<void>;

export class MuxAsyncIterator<T> implements AsyncIterable<T> {
  add(iterable: AsyncIterable<T>): void;
  iterate(): AsyncIterableIterator<T>;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

export function pooledMap<T, R>(
  poolLimit: number,
  array: Iterable<T> | AsyncIterable<T>,
  iteratorFn: (data: T) => Promise<R>,
): AsyncIterableIterator<R>;

export class RetryError extends Error {
  constructor(cause: unknown, attempts: number);
}

export interface RetryOptions {
  multiplier?: number;
  maxTimeout?: number;
  maxAttempts?: number;
  minTimeout?: number;
  jitter?: number;
  isRetriable?: (err: unknown) => boolean;
  signal?: AbortSignal;
}

export function retry<T>(
  fn: (() => Promise<T>) | (() => T),
  options?: RetryOptions,
): Promise<T>;

export type TupleOf<T, N extends number, R extends unknown[]> =
  R["length"] extends N ? R : TupleOf<T, N, [T, ...R]>;

export type Tuple<T, N extends number> = N extends N
  ? number extends N ? T[] : TupleOf<T, N, []>
  : never;

export function tee<T, N extends number = 2>(
  iterable: AsyncIterable<T>,
  n?: N,
): Tuple<AsyncIterable<T>, N>;
