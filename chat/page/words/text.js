// @ts-check
import { pageTexts, say } from "./language.js";

/**
 * The form in which names are compared.
 *
 * @param {string} name
 */
export function foldName(name) {
  return name.normalize("NFKC").toLowerCase();
}

/**
 * A hue for a nickname, the same on every page.
 *
 * @param {string} nickname
 */
export function hueOf(nickname) {
  let hash = 2166136261;
  for (const character of foldName(nickname)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return (hash % 24) * 15;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The first letter as a reader sees it.
 *
 * @param {string} nickname
 */
export function initialOf(nickname) {
  for (const { segment } of graphemes.segment(nickname)) {
    return segment.toUpperCase();
  }
  return "?";
}

/**
 * Whether a text has the nickname in it, as a word of its own.
 *
 * @param {string} text
 * @param {string} nickname
 */
export function mentions(text, nickname) {
  const folded = foldName(text);
  const name = foldName(nickname);
  /** @param {string} [character] */
  const isLetter = (character) => /[\p{L}\p{N}_]/u.test(character ?? "");
  let at = folded.indexOf(name);
  while (at >= 0) {
    const end = at + name.length;
    if (!isLetter(folded[at - 1]) && !isLetter(folded[end])) return true;
    at = folded.indexOf(name, end);
  }
  return false;
}

export const clockTime = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
});
export const fullTime = new Intl.DateTimeFormat(undefined, {
  dateStyle: "full",
  timeStyle: "medium",
});
/**
 * The day of a time, in the reader's time zone.
 *
 * @param {number | Date} time
 */
export function dayOf(time) {
  return new Date(time).toDateString();
}

/**
 * @param {number} time
 * @param {number} now
 */
export function describeDay(time, now) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(time) === dayOf(now)) return say("page.today");
  if (dayOf(time) === dayOf(yesterday)) return say("page.yesterday");
  return new Intl.DateTimeFormat(pageTexts().language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  }).format(time);
}

/**
 * The time of something, with the day unless that is today.
 *
 * @param {number} time
 * @param {number} now
 */
export function describeMoment(time, now) {
  const clock = clockTime.format(time);
  if (dayOf(time) === dayOf(now)) return clock;
  const { language } = pageTexts();
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  return day.format(time) + ", " + clock;
}

const utf8 = new TextEncoder();

/**
 * How many bytes a text has in UTF-8.
 *
 * @param {string} text
 */
export function byteLength(text) {
  return utf8.encode(text).length;
}

/** The most characters of an excerpt. */
const MAX_EXCERPT = 120;

/**
 * The start of a text, in one line.
 *
 * @param {string} text
 */
export function excerpt(text) {
  const line = text.replaceAll(/\s+/g, " ").trim();
  // A character has up to two UTF-16 units.
  const characters = [...line.slice(0, 2 * MAX_EXCERPT + 2)];
  return characters.length <= MAX_EXCERPT
    ? line
    : characters.slice(0, MAX_EXCERPT - 1).join("") + "\u2026";
}
