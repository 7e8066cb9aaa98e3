/**
 * WebSockets (RFC 6455) over any stream connection.
 *
 * @module
 */
export * from "./accept_websocket.ts";
export * from "./dial_websocket.ts";
export * from "./websocket_conn.ts";
export * from "./websocket_options.ts";
export * from "./opcode.ts";
export * from "./state.ts";
export * from "./close_code.ts";
export * from "./handshake_error.ts";
export * from "./protocol_error.ts";
