import type { UserRef } from "../room/chat_message.ts";
import type { LeaveReason } from "../room/leave_reason.ts";
import type {
  ChatEntry,
  EntryBase,
  EntryOf,
  NicknameClaim,
  RoomPlace,
} from "../room/log/_chat_entry.ts";
import type { RoomName } from "../room/names/room_name.ts";

/** Tells whether a value of an object's member is right. */
type Check = (value: unknown) => boolean;

/** A check for each member of an object; a new member must be added here. */
type Checks<T> = { readonly [Name in keyof T]-?: Check };

const LEAVE_REASONS: ReadonlySet<string> = new Set(
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

const isText: Check = (value) =>
  typeof value === "string" && value.isWellFormed();
const isCount: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isTime: Check = Number.isFinite;
const isReason: Check = (value) =>
  typeof value === "string" && LEAVE_REASONS.has(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const isUser = isObjectOf<UserRef>({
  id: isCount,
  nickname: isText,
});
const isClaim = isObjectOf<NicknameClaim>({ text: isText, claims: isTexts });
const isRoomName = isObjectOf<RoomName>({
  text: isText,
  key: isText,
  look: isText,
});

const isFlag: Check = (value) => typeof value === "boolean";
const BASE: Checks<EntryBase> = {
  time: isTime,
  connection: optional(isCount),
  ref: optional(isText),
};
const isPlace = isObjectOf<RoomPlace>({
  room: isText,
  opened: isCount,
  locked: optional(isFlag),
});
const SPOKEN = {
  user: isUser,
  place: isPlace,
  text: isText,
  replyTo: optional(isCount),
};

/** The members of each type of entry, except those that all have. */
const MEMBERS: {
  readonly [Type in ChatEntry["type"]]: Checks<
    Omit<EntryOf<Type>, "type" | keyof EntryBase>
  >;
} = {
  enter: {
    enteredAt: isTime,
    addressKey: isText,
    account: optional(isText),
    nickname: optional(isClaim),
    session: optional(isText),
    resumes: optional(isText),
    link: optional(isText),
    follows: optional(isCount),
    device: optional(isText),
    after: optional(isCount),
  },
  rename: { user: isCount, nickname: isClaim },
  join: { user: isCount, room: isRoomName, topic: isText },
  leave: { user: isCount, room: isText },
  depart: {
    server: isText,
    departs: isCount,
    reason: isReason,
    note: optional(isText),
  },
  said: SPOKEN,
  action: SPOKEN,
  topic: SPOKEN,
  private: {
    user: isUser,
    to: isUser,
    text: isText,
    replyTo: optional(isCount),
  },
  "private-edit": {
    user: isUser,
    to: isUser,
    target: isCount,
    text: optional(isText),
    isHeard: isFlag,
  },
  edit: {
    user: isUser,
    place: isPlace,
    target: isCount,
    text: optional(isText),
  },
  link: { user: isCount, key: isText },
  ignore: { user: isCount, other: isCount, isOn: isFlag },
  lock: { user: isCount, place: isPlace, isOn: isFlag },
  invite: { user: isUser, to: isUser, place: isPlace },
  mute: { user: isCount, minutes: isCount, note: optional(isText) },
  operator: { user: isCount },
  kick: { user: isCount, note: optional(isText) },
  ban: { user: isCount, minutes: isCount, note: optional(isText) },
  notice: { text: isText },
  expire: { user: isCount, since: isCount },
  gone: { server: isText },
};

const CHECKS: ReadonlyMap<string, Check> = new Map(
  Object.entries(MEMBERS).map(([type, members]) => [
    type,
    isObjectOf<Record<string, unknown>>({
      type: isText,
      ...BASE,
      ...members,
      // The connection to which an `enter` belongs is no detail.
      ...type === "enter" ? { connection: isCount } : {},
    }),
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

/** Whether a value is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** Checks the members of an object, which may have no others. */
function isObjectOf<T>(checks: Checks<T>): Check {
  const members: readonly (readonly [name: string, check: Check])[] = Object
    .entries<Check>(checks);
  const names = new Set(members.map(([name]) => name));
  return (value) => {
    if (!isObject(value)) return false;
    for (const [name, check] of members) {
      if (!check(Object.hasOwn(value, name) ? value[name] : undefined)) {
        return false;
      }
    }
    for (const name of Object.keys(value)) {
      if (!names.has(name)) return false;
    }
    return true;
  };
}
