import {
  checkOptions as checkAll,
  isCount,
  isInteger,
  isOneOf,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import type { QueueLimits } from "./receiving/_receive_queue.ts";

/** What IPv6 carries at most; IPv4 carries 20 bytes less. */
const MAX_DATAGRAM_SIZE = 65_527;

/**
 * Options of every UDP connection. The limits of waiting are for its opening:
 * the look-up of a name can take long.
 */
export interface UdpOptions extends WaitOptions {
  /**
   * What carries the datagrams: `"native"` is `Deno.listenDatagram`, which is
   * faster and takes the flag `--unstable-net` or `"unstable": ["net"]` in
   * `deno.json`; `"node"` is `node:dgram`, which takes no flag. By default it is
   * the native one where it exists.
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
   * Whether to send to 255.255.255.255 is allowed; see `setBroadcast`.
   *
   * @default {false}
   */
  broadcast?: boolean;
  /**
   * How many datagrams may wait to be received. What happens beyond this, or
   * beyond `maxQueuedBytes`, is up to `overflow`, and counted as `dropped`.
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
   * How many bytes of a datagram are received; of a longer one the rest is lost
   * and `truncated` is set. A connection that waits for datagrams holds a buffer
   * of this size (64 KiB by default): worth setting where there are thousands.
   *
   * @default {65527}
   */
  maxDatagramSize?: number;
}

/** The options, checked and complete. */
export interface CheckedOptions extends QueueLimits {
  readonly maxDatagramSize: number;
}

/** The options of every UDP connection. */
const UDP_CHECKS: OptionChecks<UdpOptions> = {
  ...WAIT_CHECKS,
  backend: isOneOf("native", "node"),
  reuseAddress: isType("boolean"),
  broadcast: isType("boolean"),
  maxQueued: isCount(),
  maxQueuedBytes: isCount(),
  overflow: isOneOf("oldest", "newest"),
  maxDatagramSize: isInteger(1, MAX_DATAGRAM_SIZE),
};

/**
 * Checks the options of every connection, and fills in the defaults.
 *
 * @throws {RangeError | TypeError} If one is out of bounds or of another type.
 */
export function checkOptions(options: UdpOptions): CheckedOptions {
  checkAll(options, UDP_CHECKS);
  const {
    maxQueued = 1024,
    maxQueuedBytes = 4 * 1024 * 1024,
    overflow = "oldest",
    maxDatagramSize = MAX_DATAGRAM_SIZE,
  } = options;
  return { maxQueued, maxQueuedBytes, overflow, maxDatagramSize };
}
