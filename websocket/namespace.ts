/**
 * All of `@vnet/net/websocket`, which mod.ts exports as `websocket`. The types
 * that it shares with tcp are aliases here: TypeScript names a type by an export
 * of it that is in scope, and doesn't look through an alias. Without them, a
 * program that imports `websocket` would see `websocket.WaitOptions` in the hover
 * texts of its TCP calls.
 *
 * @module
 */

import type * as shared from "../tcp/mod.ts";

export * from "./mod.ts";

/** The fields that errors of the system have. */
export type SystemErrorInfo = shared.SystemErrorInfo;

/** The operation that the system refused. */
export type SystemOperation = shared.SystemOperation;

/** The argument of a function that dials. */
export type DialAttempt = shared.DialAttempt;

/** How to connect again. */
export type ReconnectOptions<C> = shared.ReconnectOptions<C>;

/** The state of a connection that comes back. */
export type ReconnectState<C> = shared.ReconnectState<C>;

/** A stream that goes on over several connections. */
export type ReconnectingStream<C, R, W> = shared.ReconnectingStream<C, R, W>;

/** How to connect again, and how much may wait to be sent meanwhile. */
export type ReconnectingStreamOptions<C> = shared.ReconnectingStreamOptions<C>;

/** Counters of a connection that comes back. */
export type ReconnectStats = shared.ReconnectStats;

/** The treatment of a write while too much waits to be sent. */
export type BufferPolicy = shared.BufferPolicy;

/** Limits on a call that waits. */
export type WaitOptions = shared.WaitOptions;

/** Which directions of a connection are open. */
export type ConnState = shared.ConnState;

/** Options for reading a line. */
export type ReadLineOptions = shared.ReadLineOptions;

/** A connection that carries a stream of bytes. */
export type StreamConn<A = Deno.Addr> = shared.StreamConn<A>;

/** Options for `ProxyError`. */
export type ProxyErrorOptions = shared.ProxyErrorOptions;
