import { skeleton } from "./_confusables.ts";
import { nameFault } from "./_name_fault.ts";

/**
 * A nickname that keeps the rules.
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
  /** The same for all ways to write the name, whatever their case. */
  readonly key: string;
  /** Equal to those of another nickname where the two look alike. */
  readonly looks: readonly string[];
}

/**
 * Which rule a nickname breaks.
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
  | "nickname-invisible";

/**
 * Checks a nickname, and brings it into the form in which it is shown.
 *
 * The text is taken in Unicode's form NFKC, without the white space around it.
 * It then must have 1 to 32 code points; no white space, no colon and nothing
 * that looks like one; no control, bidirectional, zero-width or otherwise
 * invisible character; and it must not start with a slash or a combining mark.
 * Every language is welcome.
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
    looks: [`folded ${fold(look)}`, `exact ${withoutTwins(look)}`],
  };
}

/**
 * Gives the same key for all ways to write a nickname: composed or not, in full
 * width or not, in any case. It checks no rules.
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
  return fold(text.normalize("NFKC").trim());
}

/**
 * Folds the case of each character by itself, since `toLowerCase()` of a whole
 * word depends on the neighbours (the Greek sigma); and by way of both cases,
 * since some letters meet in one only (`ß`, `ẞ` and `SS`).
 */
function fold(text: string): string {
  const parts: string[] = [];
  for (const character of text) {
    parts.push(character.toLowerCase().toUpperCase());
  }
  return parts.join("").normalize("NFKC");
}

/** Makes the ASCII characters one that only some fonts tell apart. */
function withoutTwins(text: string): string {
  return text.replace(/[I1|]/g, "l").replaceAll("0", "O");
}
