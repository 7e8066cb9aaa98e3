/**
 * Exports that tcp and websocket share, of connections that reconnect.
 *
 * @module
 */

export type {
  DialAttempt,
  ReconnectOptions,
  ReconnectState,
} from "./reconnect_options.ts";
export type {
  ReconnectingStream,
  ReconnectingStreamOptions,
  ReconnectStats,
} from "./reconnecting_stream.ts";
export type { BufferPolicy } from "./send_buffer.ts";
export { UncertainWriteError } from "./uncertain_write_error.ts";
