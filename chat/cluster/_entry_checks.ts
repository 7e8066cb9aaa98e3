import { exactCheck, isObject } from "../protocol/_schema.ts";
import { ENTRIES, ENTRY_BASE } from "../room/log/_chat_entry.ts";

const CHECKS = new Map(
  Object.entries(ENTRIES).map(([type, members]) => [
    type,
    exactCheck({ type: "text", ...ENTRY_BASE, ...members }),
  ]),
);

/** Why a value is no entry. */
export interface EntryFault {
  /** `"unknown"` for a type that a later version of the program may have. */
  readonly code: "unknown" | "damaged";
  readonly text: string;
}

/** Finds why a value is no entry: it must have the members of its type alone. */
export function entryFault(value: unknown): EntryFault | undefined {
  if (!isObject(value)) {
    return { code: "damaged", text: "an entry is no object" };
  }
  const { type } = value;
  if (typeof type !== "string") {
    return { code: "damaged", text: "an entry has no type" };
  }
  const check = CHECKS.get(type);
  if (check === undefined) {
    return { code: "unknown", text: `unknown type of entry "${type}"` };
  }
  return check(value)
    ? undefined
    : { code: "damaged", text: `malformed entry of type "${type}"` };
}
