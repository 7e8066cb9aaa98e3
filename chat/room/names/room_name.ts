import { mergeAsciiTwins, skeleton } from "./_confusables.ts";
import { nameFault } from "./_name_fault.ts";
import { nicknameKey } from "./nickname.ts";

/**
 * A valid name of a room.
 *
 * @example Usage
 * ```ts
 * import { parseRoomName, type RoomName } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const cats = parseRoomName("#Cats") as RoomName;
 * assertEquals(cats.text, "cats");
 * assertEquals(cats.key, (parseRoomName("ＣＡＴＳ") as RoomName).key);
 * ```
 */
export interface RoomName {
  /** The name as it is shown: in NFKC, in lower case and without `#`. */
  readonly text: string;
  /** The same for all spellings of the name, in any case. */
  readonly key: string;
  /** Equal for names that look alike. */
  readonly look: string;
}

/**
 * The rule that the name of a room breaks.
 *
 * @example Usage
 * ```ts
 * import { parseRoomName, type RoomNameFault } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const fault: RoomNameFault = "room-space";
 * assertEquals(parseRoomName("two words"), fault);
 * ```
 */
export type RoomNameFault =
  | "room-empty"
  | "room-too-long"
  | "room-space"
  | "room-colon"
  | "room-slash"
  | "room-mark"
  | "room-server-mark"
  | "room-invisible";

/**
 * Checks the name of a room, and normalizes it.
 *
 * The rules are those of nicknames: 1 to 32 code points in Unicode's form NFKC,
 * without white space, colons and invisible characters, with a letter, a digit or an
 * emoji, and not beginning with a slash, a combining mark or `*`. A leading `#` is
 * removed, and case is ignored.
 *
 * @param text The name as typed.
 * @returns The name, or the rule that it breaks.
 *
 * @example Usage
 * ```ts
 * import { parseRoomName } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const name = parseRoomName("#Tea");
 * assertEquals(typeof name === "object" && name.text, "tea");
 * assertEquals(parseRoomName("#"), "room-empty");
 * assertEquals(parseRoomName("a:b"), "room-colon");
 * ```
 */
export function parseRoomName(text: string): RoomName | RoomNameFault {
  const shown = text.normalize("NFKC").trim().replace(/^#+/, "")
    .toLowerCase().normalize("NFKC");
  const fault = nameFault(text, shown);
  if (fault !== undefined) return `room-${fault}`;
  const look = skeleton(shown);
  if (look.includes(":")) return "room-colon";
  return {
    text: shown,
    key: nicknameKey(shown),
    look: nicknameKey(mergeAsciiTwins(look)),
  };
}
