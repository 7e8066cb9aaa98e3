/**
 * The state of a chat server in a cluster, as part of {@linkcode ChatStats}.
 *
 * @example Usage
 * ```ts
 * import type { ChatClusterStats } from "@vnet/net/chat";
 * import { assert } from "@std/assert";
 *
 * function isUpToDate({ isConnected, lag }: ChatClusterStats): boolean {
 *   return isConnected && lag < 100;
 * }
 * const stats: ChatClusterStats = {
 *   origin: "east.4711",
 *   position: 7,
 *   lag: 0,
 *   batches: 3,
 *   retries: 0,
 *   queued: 0,
 *   isConnected: true,
 *   appendTime: 1.5,
 * };
 * assert(isUpToDate(stats));
 * ```
 */
export interface ChatClusterStats {
  /** The server, by a name that is new for each start. */
  readonly origin: string;
  /** The sequence number of the last batch that was applied. */
  readonly position: number;
  /** How many batches of the log are not applied yet, as far as is known. */
  readonly lag: number;
  /** How many batches this server has stored. */
  readonly batches: number;
  /** How many attempts to store a batch have failed. */
  readonly retries: number;
  /** How many proposed entries are not known to be stored. */
  readonly queued: number;
  /** Whether the log can be reached. */
  readonly isConnected: boolean;
  /** Milliseconds that storing the last batch took; 0 before the first. */
  readonly appendTime: number;
}
