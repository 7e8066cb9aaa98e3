// @ts-check
/**
 * @import { TextKey } from "../../text/_catalogs.ts"
 * @import { CountKey, Texts, Values } from "../../text/_texts.ts"
 */
import { ENGLISH, textsFor } from "../../text/_texts.ts";

/** @type {{ texts: Texts }} */
const chosen = { texts: ENGLISH };

/** The texts in the language of the page. */
export function pageTexts() {
  return chosen.texts;
}

/**
 * Chooses the language of the page.
 *
 * @param {readonly string[]} tags Language tags, the most wanted first.
 */
export function chooseLanguage(tags) {
  chosen.texts = textsFor(tags);
}

/**
 * A text in the language of the page.
 *
 * @param {TextKey} key
 * @param {Values} [values]
 */
export function say(key, values) {
  return chosen.texts.get(key, values);
}

/**
 * A text that has a number in it.
 *
 * @param {CountKey} key
 * @param {number} count
 * @param {Values} [values]
 */
export function sayCount(key, count, values) {
  return chosen.texts.count(key, count, values);
}
