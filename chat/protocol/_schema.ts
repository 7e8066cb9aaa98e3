import type { LeaveReason } from "../room/leave_reason.ts";

/**
 * The language in which the messages of the protocol are defined, and the entries of
 * a chat's log. The kind of a member is a word, such as `"text"`, or the name of an
 * object below; `[]` behind it makes a list, `?` a member that may be missing.
 */

/** Members by name, with their kinds. */
export type Shape = Readonly<Record<string, string>>;

/** The messages of one direction by type. */
export type Messages = Readonly<
  Record<string, { readonly about: string; readonly members: Shape }>
>;

/** The place of a message in the order of its room. */
export const PLACE = {
  id: "count",
  time: "time",
  room: "text",
  user: "user",
} as const;

/** A spoken message. */
export const SPOKEN = {
  text: "text",
  replyTo: "count?",
  edited: "count?",
} as const;

/** The objects inside messages and entries. */
export const OBJECTS = {
  user: { id: "count", nickname: "text" },
  listedUser: { id: "count", nickname: "text", enteredAt: "time" },
  room: {
    room: "text",
    topic: "text",
    online: "count",
    locked: "flag?",
    canLock: "flag?",
  },
  limits: { nickname: "count", message: "count", rooms: "count" },
  record: { type: "recordType", ...PLACE, ...SPOKEN },
  found: {
    type: "foundType",
    ...PLACE,
    room: "text?",
    to: "user?",
    ...SPOKEN,
  },
  /** A nickname with the keys that it takes, which no other user may have. */
  claim: { text: "text", claims: "text[]" },
  roomName: { text: "text", key: "text", look: "text" },
  /** One opening of a room: a room that is closed and opened again is another one. */
  place: {
    /** The name of the room. */
    room: "text",
    /** The id of the entry by which it was opened. */
    opened: "count",
    /** Whether it was locked, so that nobody else may ever read of it. */
    locked: "flag?",
  },
} as const;

/** The types of the kinds that are no objects. */
interface Values {
  text: string;
  count: number;
  time: number;
  flag: boolean;
  recordType: "said" | "action" | "topic";
  foundType: "said" | "action" | "topic" | "private";
  reason: LeaveReason;
}

/** The type of a kind. */
export type ValueOf<Kind> = Kind extends `${infer Item}[]`
  ? readonly ValueOf<Item>[]
  : Kind extends keyof Values ? Values[Kind]
  : Kind extends keyof typeof OBJECTS ? MembersOf<(typeof OBJECTS)[Kind]>
  : never;

/** The type of an object with these members. */
export type MembersOf<S> =
  & {
    readonly [Name in keyof S as S[Name] extends `${string}?` ? never : Name]:
      ValueOf<S[Name]>;
  }
  & {
    readonly [Name in keyof S as S[Name] extends `${string}?` ? Name : never]?:
      | (S[Name] extends `${infer Kind}?` ? ValueOf<Kind> : never)
      | undefined;
  };

/** The member that every message may have. */
export interface Referring {
  /** Names a request, and is in its answer too: 1 to 64 characters. */
  readonly ref?: string | undefined;
}

/** The type of all messages of a table. */
export type MessageOf<M extends Messages> = {
  [Type in keyof M & string]:
    & { readonly type: Type }
    & MembersOf<M[Type]["members"]>;
}[keyof M & string];

/** The result of reading a message. */
export type ReadOutcome<T> =
  | { readonly message: T & Referring; readonly fault?: undefined }
  | { readonly message?: undefined; readonly fault: ReadFault };

/** Why something is no message of a table. */
export interface ReadFault extends Referring {
  readonly code: "not-json" | "unknown-type" | "invalid-member";
  /** The type that is not known, or the member that is missing or wrong. */
  readonly subject?: string;
}

/** The most characters of a `ref`. */
const MAX_REF_LENGTH = 64;

/** Tells whether a value is of a kind. */
type Check = (value: unknown) => boolean;

const RECORD_TYPES: readonly unknown[] = ["said", "action", "topic"];

const REASONS: ReadonlySet<unknown> = new Set(
  Object.keys(
    {
      "quit": true,
      "parted": true,
      "closed": true,
      "lost": true,
      "replaced": true,
      "slow": true,
      "line-too-long": true,
      "no-nickname": true,
      "wrong-protocol": true,
      "flooding": true,
      "kicked": true,
      "banned": true,
      "full": true,
      "too-many-connections": true,
      "too-many-attempts": true,
      "shutdown": true,
    } satisfies Record<LeaveReason, true>,
  ),
);

const VALUE_CHECKS: { readonly [Kind in keyof Values]: Check } = {
  text: (value) => typeof value === "string" && value.isWellFormed(),
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  time: Number.isFinite,
  flag: (value) => typeof value === "boolean",
  recordType: (value) => RECORD_TYPES.includes(value),
  foundType: (value) => value === "private" || RECORD_TYPES.includes(value),
  reason: (value) => REASONS.has(value),
};

/** Makes the check of an object: it must have these members, and no others. */
export function exactCheck(shape: Shape): Check {
  const checks = new Map(
    Object.entries(shape).map(([name, kind]) => [name, checkOf(kind)]),
  );
  const required = Object.keys(shape).filter((name) =>
    !shape[name].endsWith("?")
  );
  return (value) => {
    if (!isObject(value)) return false;
    for (const name of Object.keys(value)) {
      if (checks.get(name)?.(value[name]) !== true) return false;
    }
    for (const name of required) if (!Object.hasOwn(value, name)) return false;
    return true;
  };
}

function checkOf(kind: string): Check {
  if (kind.endsWith("?")) {
    const check = checkOf(kind.slice(0, -1));
    return (value) => value === undefined || check(value);
  }
  if (kind.endsWith("[]")) {
    const check = checkOf(kind.slice(0, -2));
    return (value) => Array.isArray(value) && value.every(check);
  }
  return Object.hasOwn(OBJECTS, kind)
    ? exactCheck(OBJECTS[kind as keyof typeof OBJECTS])
    : VALUE_CHECKS[kind as keyof Values];
}

/** Reads a value, or returns `undefined` if it is not of the kind. */
type Reader = (value: unknown) => unknown;

interface Member {
  readonly name: string;
  readonly read: Reader;
  readonly isOptional: boolean;
}

/**
 * Makes the function that reads the messages of a table. It checks each member,
 * takes `null` for a missing one, and leaves out those that it does not know.
 */
export function messageReader<M extends Messages>(
  messages: M,
): (text: string) => ReadOutcome<MessageOf<M>> {
  const members = new Map(
    Object.entries(messages).map((
      [type, { members }],
    ) => [type, membersOf(members)]),
  );
  return (text) => {
    const object = parseObject(text);
    if (object === undefined) return { fault: { code: "not-json" } };
    const ref = ownMember(object, "ref");
    if (ref !== undefined && !isRef(ref)) {
      return { fault: { code: "invalid-member", subject: "ref" } };
    }
    const common = ref === undefined ? {} : { ref };
    const type = ownMember(object, "type");
    const known = typeof type === "string" ? members.get(type) : undefined;
    if (known === undefined) {
      const subject = typeof type === "string" ? { subject: type } : {};
      return { fault: { code: "unknown-type", ...subject, ...common } };
    }
    const message = { type, ...common };
    const subject = copyMembers(object, known, message);
    return subject === undefined
      // The table says which members each type has, to the compiler too.
      ? { message: message as unknown as MessageOf<M> }
      : { fault: { code: "invalid-member", subject, ...common } };
  };
}

/** The object's own member of a name; `undefined` for `null` too. */
function ownMember(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] ?? undefined : undefined;
}

function membersOf(shape: Shape): readonly Member[] {
  return Object.entries(shape).map(([name, kind]) => ({
    name,
    read: readerOf(kind.replace(/\?$/, "")),
    isOptional: kind.endsWith("?"),
  }));
}

function readerOf(kind: string): Reader {
  if (kind.endsWith("[]")) return listReader(readerOf(kind.slice(0, -2)));
  if (Object.hasOwn(OBJECTS, kind)) {
    return objectReader(membersOf(OBJECTS[kind as keyof typeof OBJECTS]));
  }
  const check = VALUE_CHECKS[kind as keyof Values];
  return (value) => check(value) ? value : undefined;
}

function listReader(read: Reader): Reader {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map(read);
    return items.includes(undefined) ? undefined : items;
  };
}

function objectReader(members: readonly Member[]): Reader {
  return (value) => {
    const copy = {};
    return isObject(value) && copyMembers(value, members, copy) === undefined
      ? copy
      : undefined;
  };
}

/** Copies members, and returns the name of the first that is not right. */
function copyMembers(
  from: Record<string, unknown>,
  members: readonly Member[],
  to: Record<string, unknown>,
): string | undefined {
  for (const { name, read, isOptional } of members) {
    const value = ownMember(from, name);
    if (value === undefined && isOptional) continue;
    to[name] = read(value);
    if (to[name] === undefined) return name;
  }
  return undefined;
}

function isRef(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && value !== "" &&
    value.length <= MAX_REF_LENGTH;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
