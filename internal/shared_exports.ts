/**
 * Exports that tcp, udp and websocket share.
 *
 * @module
 */

export { ClosedError } from "./errors/closed_error.ts";
export { isClosed, isTimeout } from "./errors/error_kinds.ts";
export type {
  SystemErrorInfo,
  SystemOperation,
} from "./errors/system_error.ts";
export type { WaitOptions } from "./wait/wait_options.ts";
