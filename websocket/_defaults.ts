// Limits that more than one kind of connection has by default.

/** Milliseconds that an opening handshake may take. */
export const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** The most bytes of a message. */
export const DEFAULT_MAX_MESSAGE_SIZE: number = 1024 * 1024;

/** The most frames of a message. */
export const DEFAULT_MAX_FRAGMENTS = 131072;

/** How many bytes may wait to be sent. */
export const DEFAULT_MAX_BUFFERED_BYTES = 1024 * 1024;

/** Milliseconds without a sign of life after a ping. */
export const DEFAULT_PONG_TIMEOUT = 20_000;

/**
 * Milliseconds without progress in which a closing connection is given up. Linux
 * lets a writer go on when about a third of its send buffer is free, so a peer
 * that reads 100 kB/s brings progress about every 10 s.
 */
export const DEFAULT_CLOSE_TIMEOUT = 30_000;
