/** The version of the protocol. */
export const VERSION = 1;

/** The WebSocket subprotocol of clients that speak JSON. */
export const SUBPROTOCOL = "vnet-chat.1";
