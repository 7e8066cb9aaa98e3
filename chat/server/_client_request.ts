import type { ChatCommand } from "../room/chat_command.ts";
import type { ChatErrorCode } from "../room/chat_message.ts";

/** Why a message is no request. */
export interface RequestFault {
  readonly code:
    & ChatErrorCode
    & ("not-json" | "unknown-type" | "invalid-member");
  /** The type that nobody knows, or the member that is wrong. */
  readonly subject?: string;
  readonly ref?: string;
}

/** What came of reading a message. */
export type RequestOutcome =
  | { readonly request: ChatCommand; readonly fault?: undefined }
  | { readonly fault: RequestFault; readonly request?: undefined };

type Kind = "text" | "text?" | "count" | "count?";

/** The members of each type of request, beside `type` and `ref`. */
const MEMBERS: ReadonlyMap<string, Readonly<Record<string, Kind>>> = new Map<
  ChatCommand["type"],
  Record<string, Kind>
>([
  ["hello", {
    version: "count",
    nickname: "text?",
    session: "text?",
    epoch: "text?",
    after: "count?",
  }],
  ["nick", { nickname: "text" }],
  ["say", { text: "text", room: "text?" }],
  ["me", { text: "text", room: "text?" }],
  ["msg", { to: "text", text: "text" }],
  ["join", { room: "text" }],
  ["leave", { room: "text" }],
  ["rooms", {}],
  ["users", { room: "text?" }],
  ["topic", { text: "text", room: "text?" }],
  ["history", { room: "text", before: "count?", limit: "count?" }],
  ["line", { text: "text" }],
  ["ping", {}],
  ["quit", {}],
  ["operator", { token: "text" }],
  ["kick", { nickname: "text", reason: "text?" }],
  ["ban", { nickname: "text", minutes: "count", reason: "text?" }],
  ["notice", { text: "text" }],
]);

/** The most characters of a `ref`. */
const MAX_REF_LENGTH = 64;

/**
 * Reads a message of a WebSocket user. Each member is checked; those that are not
 * known are left out, whatever their names.
 */
export function readRequest(message: string): RequestOutcome {
  const object = parseObject(message);
  if (object === undefined) return { fault: { code: "not-json" } };
  const ref = member(object, "ref");
  if (!isRef(ref)) {
    return { fault: { code: "invalid-member", subject: "ref" } };
  }
  const about = ref === undefined ? {} : { ref };
  const type = member(object, "type");
  const members = typeof type === "string" ? MEMBERS.get(type) : undefined;
  if (members === undefined) {
    const subject = typeof type === "string" ? { subject: type } : {};
    return { fault: { code: "unknown-type", ...subject, ...about } };
  }
  const request: Record<string, unknown> = { type, ...about };
  for (const [name, kind] of Object.entries(members)) {
    const value = member(object, name);
    if (!fits(value, kind)) {
      return { fault: { code: "invalid-member", subject: name, ...about } };
    }
    if (value !== undefined) request[name] = value;
  }
  // The table and the type say the same.
  return { request: request as ChatCommand };
}

function parseObject(message: string): object | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** The object's own member of a name; `null` is as good as none. */
function member(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value ?? undefined;
}

function isRef(ref: unknown): ref is string | undefined {
  return ref === undefined ||
    (typeof ref === "string" && ref.isWellFormed() && ref !== "" &&
      ref.length <= MAX_REF_LENGTH);
}

function fits(value: unknown, kind: Kind): boolean {
  if (value === undefined) return kind.endsWith("?");
  return kind.startsWith("text")
    ? typeof value === "string" && value.isWellFormed()
    : typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
