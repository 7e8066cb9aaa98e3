/**
 * The packages of NATS that the program loads for a cluster, and only then: they are
 * named nowhere else but in docs/deploy.md.
 */
export const NATS_PACKAGES = {
  transport: "npm:@nats-io/transport-node@3.4.0",
  jetstream: "npm:@nats-io/jetstream@3.4.0",
} as const;
