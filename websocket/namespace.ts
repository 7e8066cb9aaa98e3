/**
 * All of `@vnet/net/websocket`, which mod.ts exports as `websocket`. The types
 * that it shares with tcp are aliases here: TypeScript names a type by an export
 * of it that is in scope, and doesn't look through an alias. Without them, a
 * program that imports `websocket` would see `websocket.WaitOptions` in the hover
 * texts of its TCP calls.
 *
 * @module
 */

import type {
  SystemErrorInfo as SharedSystemErrorInfo,
  SystemOperation as SharedSystemOperation,
} from "../internal/errors/system_error.ts";
import type {
  DialAttempt as SharedDialAttempt,
  ReconnectOptions as SharedReconnectOptions,
  ReconnectState as SharedReconnectState,
} from "../internal/reconnect/reconnect_options.ts";
import type {
  ReconnectingStream as SharedReconnectingStream,
  ReconnectingStreamOptions as SharedReconnectingStreamOptions,
  ReconnectStats as SharedReconnectStats,
} from "../internal/reconnect/reconnecting_stream.ts";
import type { BufferPolicy as SharedBufferPolicy } from "../internal/reconnect/send_buffer.ts";
import type { WaitOptions as SharedWaitOptions } from "../internal/wait/wait_options.ts";
import type {
  ConnState as SharedConnState,
  ReadLineOptions as SharedReadLineOptions,
  StreamConn as SharedStreamConn,
} from "../tcp/conn/stream_conn.ts";
import type { ProxyErrorOptions as SharedProxyErrorOptions } from "../tcp/proxy/proxy_error.ts";

export * from "./mod.ts";

/** The fields that errors of the system have. */
export type SystemErrorInfo = SharedSystemErrorInfo;

/** What was tried when the system failed. */
export type SystemOperation = SharedSystemOperation;

/** What a function that dials is told. */
export type DialAttempt = SharedDialAttempt;

/** How to connect again. */
export type ReconnectOptions<C> = SharedReconnectOptions<C>;

/** Where a connection that comes back stands. */
export type ReconnectState<C> = SharedReconnectState<C>;

/** A stream that goes on over several connections. */
export type ReconnectingStream<C, R, W> = SharedReconnectingStream<C, R, W>;

/** How to connect again, and what may wait to be sent meanwhile. */
export type ReconnectingStreamOptions<C> = SharedReconnectingStreamOptions<C>;

/** Counters of a connection that comes back. */
export type ReconnectStats = SharedReconnectStats;

/** What a write does while too much waits to be sent. */
export type BufferPolicy = SharedBufferPolicy;

/** Limits on a call that waits. */
export type WaitOptions = SharedWaitOptions;

/** Which directions of a connection are open. */
export type ConnState = SharedConnState;

/** Options for reading a line. */
export type ReadLineOptions = SharedReadLineOptions;

/** A connection that carries a stream of bytes. */
export type StreamConn<A = Deno.Addr> = SharedStreamConn<A>;

/** Options for `ProxyError`. */
export type ProxyErrorOptions = SharedProxyErrorOptions;
