/** What holds unless the options of a server say otherwise. */
export const DEFAULTS = {
  hostname: "127.0.0.1",
  port: 2020,
  maxConnections: 10_000,
  maxLineLength: 4096,
  maxQueuedBytes: 256 * 1024,
  drainTimeout: 5000,
} as const;
