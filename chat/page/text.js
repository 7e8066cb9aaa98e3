/**
 * The part that is about text: links, names, days, sizes,
 * and the line that a user types. It touches nothing of the page.
 */

/** Splits a text into pieces; those that are web addresses have an href. */
export function splitLinks(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/giu)) {
    const address = trimAddress(match[0]);
    const href = toHref(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** Leaves out what belongs to the sentence around an address. */
function trimAddress(address) {
  for (;;) {
    const last = address.at(-1);
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const isExtra = opening === undefined
      ? /[.,;:!?'*_~\u2026\u3002\uff0c]/u.test(last)
      : count(address, last) > count(address, opening);
    if (!isExtra) return address;
    address = address.slice(0, -1);
  }
}

function count(text, character) {
  return text.split(character).length - 1;
}

/** Only what is plainly an address of the web; a name before the host misleads. */
function toHref(address) {
  const url = URL.parse ? URL.parse(address) : parseUrl(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return url.username + url.password === "" ? url.href : undefined;
}

function parseUrl(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** What names are compared by. */
export function foldName(name) {
  return name.normalize("NFKC").toLowerCase();
}

/** A hue for a nickname, the same on every page. */
export function hueOf(nickname) {
  let hash = 2166136261;
  for (const character of foldName(nickname)) {
    hash = Math.imul(hash ^ character.codePointAt(0), 16777619) >>> 0;
  }
  return (hash % 24) * 15;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first letter as a reader sees it. */
export function initialOf(nickname) {
  for (const { segment } of graphemes.segment(nickname)) {
    return segment.toUpperCase();
  }
  return "?";
}

/** Whether a text has the nickname in it, as a word of its own. */
export function mentions(text, nickname) {
  const folded = foldName(text);
  const name = foldName(nickname);
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
const dayName = new Intl.DateTimeFormat("en", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

/** The day of a time, in the reader's time zone. */
export function dayOf(time) {
  const date = new Date(time);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].join("-");
}

export function describeDay(time, now) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(time) === dayOf(now)) return "Today";
  if (dayOf(time) === dayOf(yesterday)) return "Yesterday";
  return dayName.format(time);
}

const utf8 = new TextEncoder();

/** How many bytes a text has on its way. */
export function byteLength(text) {
  return utf8.encode(text).length;
}

export function plural(number, one, many) {
  return number === 1 ? "1 " + one : number + " " + many;
}

/**
 * Reads what was typed: a line that begins with a slash is a command, two
 * slashes stand for one. What is for the server alone becomes a request of the
 * type "line".
 */
export function parseInput(line) {
  if (!line.startsWith("/")) return { type: "say", text: line };
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  const [, word, rest] = /^\/(\S*)\s*(.*)$/u.exec(line);
  const [, first, others] = /^(\S*)\s*(.*)$/u.exec(rest);
  switch (word.toLowerCase()) {
    case "me":
      return rest === "" ? missing("/me ACTION") : { type: "me", text: rest };
    case "msg":
      return others === ""
        ? missing("/msg NAME TEXT")
        : { type: "msg", to: first, text: others };
    case "join":
      return first === ""
        ? missing("/join ROOM")
        : { type: "join", room: first };
    case "leave":
    case "part":
      return { type: "leave", room: first };
    case "nick":
      return first === ""
        ? missing("/nick NAME")
        : { type: "nick", nickname: rest };
    case "topic":
      return { type: "topic", text: rest };
    case "list":
    case "users":
      return { type: "users" };
    case "rooms":
    case "quit":
      return { type: word.toLowerCase() };
    default:
      return { type: "line", text: line };
  }
}

function missing(usage) {
  return { type: "error", text: "Something is missing: " + usage };
}
