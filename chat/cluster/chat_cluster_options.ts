import type { ChatLog } from "./chat_log.ts";

/**
 * How a chat server takes part in a cluster.
 *
 * @example Usage
 * ```ts
 * import type { ChatClusterOptions, ChatLog } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * function join(log: ChatLog): ChatClusterOptions {
 *   return { log, name: "east" };
 * }
 * assertEquals(join.length, 1);
 * ```
 */
export interface ChatClusterOptions {
  /** The log of the cluster. The caller closes it after the server has stopped. */
  log: ChatLog;
  /**
   * The name of this server, for logs and metrics: 1 to 32 ASCII letters, digits,
   * `-` and `_`.
   */
  name: string;
  /**
   * The sequence numbers of batches to skip that no version of the program can read,
   * such as messages of another program in the log. Without them, they stop
   * all servers. A batch that can be read is not skipped.
   *
   * @default {[]}
   */
  skip?: readonly number[];
}
