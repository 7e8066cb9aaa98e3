import {
  isCount,
  isInteger,
  isOneOf,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import type { QueueLimits } from "./receiving/_receive_queue.ts";

/** The largest datagram over IPv6; over IPv4 it has 20 bytes less. */
const MAX_DATAGRAM_SIZE = 65_527;

/**
 * Options of every UDP connection. The limits on waiting apply to its opening, as
 * the look-up of a name can take long.
 */
export interface UdpOptions extends WaitOptions {
  /**
   * The API of the runtime for datagrams: `"native"` is `Deno.listenDatagram`,
   * which is faster and needs the flag `--unstable-net` or `"unstable": ["net"]`
   * in `deno.json`; `"node"` is `node:dgram`, which needs no flag. By default it
   * is the native one where it exists.
   */
  backend?: "native" | "node";
  /**
   * Whether others on this machine may bind the same port too, as listeners of
   * one multicast group do (`SO_REUSEADDR`, on the BSDs `SO_REUSEPORT`).
   *
   * @default {false}
   */
  reuseAddress?: boolean;
  /**
   * Whether sending to 255.255.255.255 is allowed; see `setBroadcast`.
   *
   * @default {false}
   */
  broadcast?: boolean;
  /**
   * How many datagrams may wait to be received. Beyond this, or beyond
   * `maxQueuedBytes`, `overflow` decides which is dropped; `dropped` counts it.
   *
   * @default {1024}
   */
  maxQueued?: number;
  /**
   * How many bytes may wait to be received.
   *
   * @default {4194304}
   */
  maxQueuedBytes?: number;
  /**
   * Which datagram is dropped when the queue is full: the one that has waited
   * longest, or the one that has just come.
   *
   * @default {"oldest"}
   */
  overflow?: "oldest" | "newest";
  /**
   * How many bytes of a datagram are received; the rest of a longer one is lost
   * and `truncated` is set. A connection that waits for datagrams holds a buffer
   * of this size (64 KiB by default), which matters for thousands of them.
   *
   * @default {65527}
   */
  maxDatagramSize?: number;
}

/** The options that a connection keeps, complete. */
export interface CompleteOptions extends QueueLimits {
  readonly broadcast: boolean;
  readonly maxDatagramSize: number;
  readonly maxReplyRatio: number;
}

/** The checks of the options of every connection. */
export const UDP_CHECKS: OptionChecks<UdpOptions> = {
  ...WAIT_CHECKS,
  backend: isOneOf("native", "node"),
  reuseAddress: isType("boolean"),
  broadcast: isType("boolean"),
  maxQueued: isCount(),
  maxQueuedBytes: isCount(),
  overflow: isOneOf("oldest", "newest"),
  maxDatagramSize: isInteger(1, MAX_DATAGRAM_SIZE),
};

/** The options of all ways to open a connection. */
export interface OpenUdpOptions extends UdpOptions {
  maxReplyRatio?: number;
}

/** Fills in the defaults of checked options. */
export function completeOptions(options: OpenUdpOptions): CompleteOptions {
  const {
    broadcast = false,
    maxQueued = 1024,
    maxQueuedBytes = 4 * 1024 * 1024,
    overflow = "oldest",
    maxDatagramSize = MAX_DATAGRAM_SIZE,
    maxReplyRatio = Infinity,
  } = options;
  const limits = { maxQueued, maxQueuedBytes, overflow };
  return { ...limits, broadcast, maxDatagramSize, maxReplyRatio };
}
