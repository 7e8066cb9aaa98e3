/**
 * The packages of NATS that the program loads for a cluster, and only then: they are
 * named nowhere else but in docs/deploy.md. They are not in `deno.lock`, as Deno
 * downloads all npm packages of that file as soon as it needs one of them.
 */
export const NATS_PACKAGES = {
  transport: "npm:@nats-io/transport-node@3.4.0",
  jetstream: "npm:@nats-io/jetstream@3.4.0",
} as const;
