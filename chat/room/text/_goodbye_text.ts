import { ENGLISH, type Texts } from "../../text/_texts.ts";

/** The last message to a user. */
export function describeGoodbye(
  reason: string,
  note?: string,
  texts: Texts = ENGLISH,
): string {
  const key = `goodbye.${reason}`;
  const goodbye = texts.has(key)
    ? texts.get("goodbye.why", { why: texts.get(key) })
    : texts.get("goodbye");
  return goodbye + describeNote(note, texts);
}

/** The reason why a user has left, after the name; may be empty. */
export function describeCause(
  reason: string,
  note?: string,
  texts: Texts = ENGLISH,
): string {
  const key = `cause.${reason}`;
  const cause = texts.has(key)
    ? texts.get("cause", { why: texts.get(key) })
    : "";
  return cause + describeNote(note, texts);
}

function describeNote(note: string | undefined, texts: Texts): string {
  return note === undefined ? "" : texts.get("note", { note });
}
