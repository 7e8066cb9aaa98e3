import { VERSION } from "../../protocol/_version.ts";
import { ENGLISH, type Texts } from "../../text/_texts.ts";
import { LIMITS } from "../_limits.ts";
import type { TextKey } from "../../text/_catalogs.ts";
import { suggestCommand } from "./_commands.ts";

/** The codes of errors that have a text: those of the room, and of access. */
export type ErrorTextCode = TextKey extends infer Key
  ? Key extends `error.${infer Code}` ? Code : never
  : never;

/** The usages of the commands of one letter, in all languages. */
const SHORT_USAGES: ReadonlyMap<string, string> = new Map([
  ["b", "b:TEXT"],
  ["c", "c:NAME:TEXT"],
  ["n", "n:NAME"],
]);

/** Other names of commands. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["oper", "operator"],
  ["part", "leave"],
  ["room", "join"],
]);

/** The sentence for an error. */
export function describeError(
  code: ErrorTextCode,
  subject = "",
  texts: Texts = ENGLISH,
): string {
  const shown = code === "incomplete-command"
    ? usageOf(subject, texts)
    : subject;
  const values = { ...LIMITS, version: VERSION, subject: shown };
  const text = texts.get(`error.${code}`, values);
  const command = code === "unknown-command"
    ? suggestCommand(subject)
    : undefined;
  return command === undefined
    ? text
    : texts.get("command.suggestion", { text, command });
}

/** How a command is used. */
export function usageOf(name: string, texts: Texts): string {
  const key = `command.${ALIASES.get(name) ?? name}`;
  return SHORT_USAGES.get(name) ??
    (texts.has(key) ? texts.get(key) : texts.get("command.help"));
}
