/**
 * The language in which the messages of the protocol are defined. The kind of a
 * member is a word, such as `"text"`, or the name of an object below; `[]` behind
 * it makes a list, `?` a member that may be missing.
 */

/** Members by name, with their kinds. */
export type Shape = Readonly<Record<string, string>>;

/** The messages of one direction by type. */
export type Messages = Readonly<
  Record<string, { readonly about: string; readonly members: Shape }>
>;

/** The objects inside messages. */
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
  record: {
    type: "recordType",
    id: "count",
    time: "time",
    room: "text",
    user: "user",
    text: "text",
    replyTo: "count?",
    edited: "count?",
  },
  found: {
    type: "foundType",
    id: "count",
    time: "time",
    room: "text?",
    user: "user",
    to: "user?",
    text: "text",
    replyTo: "count?",
    edited: "count?",
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

/** Reads a value, or returns `undefined` if it is not of the kind. */
type Reader = (value: unknown) => unknown;

const VALUE_READERS: { readonly [Kind in keyof Values]: Reader } = {
  text: (value) =>
    typeof value === "string" && value.isWellFormed() ? value : undefined,
  count: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined,
  time: (value) => Number.isFinite(value) ? value : undefined,
  flag: (value) => typeof value === "boolean" ? value : undefined,
  recordType: (value) =>
    ["said", "action", "topic"].includes(String(value)) ? value : undefined,
  foundType: (value) =>
    ["said", "action", "topic", "private"].includes(String(value))
      ? value
      : undefined,
};

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
  return VALUE_READERS[kind as keyof Values];
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
