import type {
  ChatClientMessage,
  ChatRoomInfo,
  ChatRoomRecord,
} from "./chat_client_message.ts";
import type { UserEntry, UserRef } from "../room/chat_message.ts";

/** A message of the server, with what only the client's own code needs. */
export interface ServerMessage {
  /** What to tell the caller of, if it is of interest. */
  readonly message: ChatClientMessage | undefined;
  /** The request that it answers. */
  readonly ref: string | undefined;
  /** What an `ack` says. */
  readonly ack: { readonly id?: number; readonly time?: number } | undefined;
  /** The secret of a `welcome`. */
  readonly session: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a message of the wrong form is: it is passed over as if unknown. */
class FormError extends Error {}

/**
 * Reads a message of the server, or returns `undefined` if it is of an unknown
 * type or not of the protocol's form. Members that are not known are left out.
 */
export function readServerMessage(text: string): ServerMessage | undefined {
  try {
    const fields = toFields(JSON.parse(text));
    const ref = optional(fields, "ref", isString);
    const message = toMessage(fields);
    const isAck = fields["type"] === "ack";
    if (message === undefined && !isAck) return undefined;
    const ack = isAck
      ? {
        id: optional(fields, "id", isCount),
        time: optional(fields, "time", isNumber),
      }
      : undefined;
    const session = fields["type"] === "welcome"
      ? optional(fields, "session", isString)
      : undefined;
    return { message, ref, ack, session };
  } catch (error) {
    if (error instanceof FormError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function toMessage(fields: Fields): ChatClientMessage | undefined {
  const { type } = fields;
  switch (type) {
    case "greeting":
      return {
        type,
        version: required(fields, "version", isCount),
        server: optional(fields, "server", isString),
        online: required(fields, "online", isCount),
        epoch: required(fields, "epoch", isString),
      };
    case "nickname-request":
    case "pong":
      return { type };
    case "welcome":
      return {
        type,
        user: toUser(fields["user"]),
        room: required(fields, "room", isString),
        online: required(fields, "online", isCount),
        resumed: optional(fields, "resumed", isBoolean) ?? false,
      };
    case "entered":
      return {
        type,
        room: required(fields, "room", isString),
        topic: optional(fields, "topic", isString) ?? "",
        users: toList(fields["users"], toEntry),
        history: toList(fields["history"], toRecord),
        complete: optional(fields, "complete", isBoolean) ?? true,
      };
    case "exited":
      return { type, room: required(fields, "room", isString) };
    case "private":
      return {
        type,
        id: required(fields, "id", isCount),
        time: required(fields, "time", isNumber),
        user: toUser(fields["user"]),
        to: toUser(fields["to"]),
        text: required(fields, "text", isString),
      };
    case "users":
      return {
        type,
        room: required(fields, "room", isString),
        users: toList(fields["users"], toEntry),
      };
    case "rooms":
      return { type, rooms: toList(fields["rooms"], toRoomInfo) };
    case "history":
      return {
        type,
        room: required(fields, "room", isString),
        messages: toList(fields["messages"], toRecord),
        complete: optional(fields, "complete", isBoolean) ?? true,
      };
    case "error":
      return {
        type,
        code: required(fields, "code", isString),
        subject: optional(fields, "subject", isString),
        text: optional(fields, "text", isString) ?? "",
      };
    case "help":
    case "notice":
    case "warning":
      return { type, text: optional(fields, "text", isString) ?? "" };
    case "goodbye":
      return {
        type,
        reason: required(fields, "reason", isString),
        text: optional(fields, "text", isString) ?? "",
      };
    default:
      return toRecordOrNot(fields);
  }
}

function toRecord(value: unknown): ChatRoomRecord {
  const record = toRecordOrNot(toFields(value));
  if (record === undefined) throw new FormError("no record");
  return record;
}

function toRecordOrNot(fields: Fields): ChatRoomRecord | undefined {
  const { type } = fields;
  switch (type) {
    case "said":
    case "action":
    case "topic":
      return {
        type,
        ...toPlace(fields),
        text: required(fields, "text", isString),
      };
    case "joined":
      return { type, ...toPlace(fields) };
    case "left":
      return {
        type,
        ...toPlace(fields),
        reason: optional(fields, "reason", isString) ?? "",
      };
    case "renamed":
      return {
        type,
        ...toPlace(fields),
        previous: required(fields, "previous", isString),
      };
    default:
      return undefined;
  }
}

function toPlace(
  fields: Fields,
): Pick<ChatRoomRecord, "id" | "time" | "room" | "user"> {
  return {
    id: required(fields, "id", isCount),
    time: required(fields, "time", isNumber),
    room: required(fields, "room", isString),
    user: toUser(fields["user"]),
  };
}

function toUser(value: unknown): UserRef {
  const fields = toFields(value);
  const origin = optional(fields, "origin", isString);
  return {
    id: required(fields, "id", isCount),
    nickname: required(fields, "nickname", isString),
    ...(origin === undefined ? {} : { origin }),
  };
}

function toEntry(value: unknown): UserEntry {
  const enteredAt = optional(toFields(value), "enteredAt", isNumber) ?? 0;
  return { ...toUser(value), enteredAt };
}

function toRoomInfo(value: unknown): ChatRoomInfo {
  const fields = toFields(value);
  return {
    room: required(fields, "room", isString),
    topic: optional(fields, "topic", isString) ?? "",
    online: required(fields, "online", isCount),
  };
}

function toFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormError("no object");
  }
  return value as Fields;
}

function toList<T>(value: unknown, toItem: (value: unknown) => T): T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FormError("no list");
  return value.map(toItem);
}

function required<T>(
  fields: Fields,
  name: string,
  fits: (value: unknown) => value is T,
): T {
  const value = optional(fields, name, fits);
  if (value === undefined) throw new FormError(name);
  return value;
}

/** `null` is as good as nothing. */
function optional<T>(
  fields: Fields,
  name: string,
  fits: (value: unknown) => value is T,
): T | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!fits(value)) throw new FormError(name);
  return value;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
