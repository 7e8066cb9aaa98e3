import type { KeptMessage } from "../room/chat_message.ts";
import type { StoredPrivateMessage } from "./stored_message.ts";

/**
 * A search by {@linkcode ChatStore.search}.
 *
 * @example Usage
 * ```ts
 * import type { SearchQuery } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const query: SearchQuery = { text: "咖啡 break", rooms: ["lobby"], limit: 20 };
 * assertEquals(query.rooms, ["lobby"]);
 * ```
 */
export interface SearchQuery {
  /**
   * Words, all of which a message must have. A word of three letters or more also
   * finds longer ones that begin with it; words in double quotes must stand in a row
   * as they are. Any part of Chinese, Japanese, Korean and Thai text is found. Case
   * and width don't count; the first 200 characters do.
   */
  readonly text: string;
  /** The rooms in which to search. */
  readonly rooms: readonly string[];
  /** The key of the user whose private messages are searched too. */
  readonly owner?: string | undefined;
  /** Finds messages with lower ids only. */
  readonly before?: number | undefined;
  /** The most messages, from 1 to 1,000. */
  readonly limit: number;
}

/**
 * Messages that {@linkcode ChatStore.search} has found. The next page is before the
 * id of the last one.
 *
 * @example Usage
 * ```ts
 * import type { SearchPage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const page: SearchPage = { messages: [], complete: true };
 * assertEquals(page.messages.at(-1)?.id, undefined);
 * ```
 */
export interface SearchPage {
  /** The messages, the newest first. */
  readonly messages: readonly (KeptMessage | StoredPrivateMessage)[];
  /** Whether no older messages match. */
  readonly complete: boolean;
}
