import { mergeAsciiTwins, skeleton } from "./_confusables.ts";
import { nameFault } from "./_name_fault.ts";
import { foldCase, nameKey } from "./_name_key.ts";

/**
 * A valid nickname.
 *
 * @example Usage
 * ```ts
 * import { type Nickname, parseNickname } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const alice = parseNickname("Alice") as Nickname;
 * const other = parseNickname("ＡＬＩＣＥ") as Nickname;
 * assertEquals(other.text, "ALICE");
 * assertEquals(other.key, alice.key);
 * ```
 */
export interface Nickname {
  /** The nickname as it is shown: in NFKC, the case as chosen. */
  readonly text: string;
  /** The same for all spellings of the name, in any case. */
  readonly key: string;
  /** Shared with other nicknames that look alike. */
  readonly looks: readonly string[];
}

/**
 * The rule that a nickname breaks.
 *
 * @example Usage
 * ```ts
 * import { type NicknameFault, parseNickname } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const fault: NicknameFault = "nickname-colon";
 * assertEquals(parseNickname("a:b"), fault);
 * ```
 */
export type NicknameFault =
  | "nickname-empty"
  | "nickname-too-long"
  | "nickname-space"
  | "nickname-colon"
  | "nickname-slash"
  | "nickname-mark"
  | "nickname-server-mark"
  | "nickname-invisible";

/**
 * Checks a nickname, and normalizes it.
 *
 * The text is trimmed and normalized to Unicode's form NFKC. Then it must have 1 to
 * 32 code points; no white space, no colon and no character that looks like one;
 * no control, bidirectional, zero-width or otherwise invisible or blank character;
 * and no five combining marks in a row. It must not start with a slash, a combining
 * mark or `*`, and must have a letter, a digit or an emoji, so that it can't look
 * like the marks of the server. All languages are allowed.
 *
 * @param text The nickname as typed.
 * @returns The nickname, or the rule that it breaks.
 *
 * @example Usage
 * ```ts
 * import { parseNickname } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const nickname = parseNickname(" 李雷 ");
 * assertEquals(typeof nickname === "object" && nickname.text, "李雷");
 * assertEquals(parseNickname("two words"), "nickname-space");
 * assertEquals(parseNickname("b\u200bob"), "nickname-invisible");
 * ```
 */
export function parseNickname(text: string): Nickname | NicknameFault {
  const shown = text.normalize("NFKC").trim();
  const fault = nameFault(text, shown);
  if (fault !== undefined) return `nickname-${fault}`;
  const look = skeleton(shown);
  if (look.includes(":")) return "nickname-colon";
  return {
    text: shown,
    key: nicknameKey(shown),
    looks: looksOf(shown, look),
  };
}

/**
 * Returns the same key for all spellings of a nickname: composed or not, in full
 * width or not, in any case. It does not check the rules.
 *
 * @param text The nickname as typed.
 * @returns The key.
 *
 * @example Usage
 * ```ts
 * import { nicknameKey } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nicknameKey("Zoe\u0308"), nicknameKey("ZO\u00cb"));
 * ```
 */
export function nicknameKey(text: string): string {
  return nameKey(text);
}

/**
 * How a name looks, in any case of its letters, and in their case, where
 * more ASCII characters look alike.
 */
function looksOf(shown: string, look: string): readonly string[] {
  return Array.from(
    new Set([
      `folded ${foldCase(look)}`,
      `folded ${foldCase(skeleton(shown, "I"))}`,
      `exact ${mergeAsciiTwins(look)}`,
    ]),
  );
}
