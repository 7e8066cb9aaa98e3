/** What holds unless the options of a server say otherwise. */
export const DEFAULTS = {
  hostname: "127.0.0.1",
  port: 2020,
  httpPort: 2021,
  maxConnections: 10_000,
  maxPerAddress: 16,
  maxNewPerAddress: 32,
  exemptLoopback: true,
  nicknameTimeout: 30_000,
  requestTimeout: 10_000,
  maxLineLength: 4096,
  burst: 5,
  rate: 2,
  maxQueuedBytes: 256 * 1024,
  pingInterval: 30_000,
  drainTimeout: 5000,
} as const;
