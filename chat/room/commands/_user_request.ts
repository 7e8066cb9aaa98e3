import { LIMITS } from "../_limits.ts";
import { type RoomState, tell } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery, DirectMessage } from "../chat_message.ts";
import type { ChatEntry, EntryBase } from "../log/_chat_entry.ts";
import { cleanText } from "../text/_clean_text.ts";
import type { Connection } from "../users/_connection.ts";
import type { User } from "../users/_user.ts";

/** A command that is no line any more. */
export type DirectCommand = Exclude<ChatCommand, { readonly type: "line" }>;

/** The commands of a type, which may share their shape with others. */
export type CommandOf<Type, Command = ChatCommand> = Command extends
  { readonly type: infer T } ? Type extends T ? Command : never
  : never;

type WithoutTime<T> = T extends DirectMessage ? Omit<T, "time"> : never;
type WithoutBase<T> = T extends ChatEntry ? Omit<T, keyof EntryBase> : never;

/** A request, with the state that it is about. */
export interface UserRequest {
  readonly state: RoomState;
  /** The connection that the request came over, and the answer goes to. */
  readonly connection: Connection;
  readonly now: number;
  /** The `ref` that the answer repeats. */
  readonly ref?: string | undefined;
}

/** A request of a user with a nickname. */
export interface NamedRequest extends UserRequest {
  readonly user: User;
}

/** The change by a request, to be ordered by the log. */
export type Proposal = WithoutBase<ChatEntry>;

/** The outcome of a request: an answer now or later, or an entry of the log. */
export type Decision = Delivery[] | "later" | Proposal;

/** A message that contains the `ref` of the request it answers. */
type Answer = Extract<DirectMessage, { readonly ref?: string | undefined }>;

const ANSWERS: ReadonlySet<string> = new Set<Answer["type"]>(
  ["users", "rooms", "history", "found", "help", "link", "pong", "error"],
);

/** Whether a message is the answer to a request, beside an `ack`. */
export function isAnswer(message: Delivery["message"]): message is Answer {
  return ANSWERS.has(message.type);
}

/**
 * Sends a message to the user of a request, if the connection is still one of this
 * server: nothing may follow a goodbye.
 */
export function reply(
  request: UserRequest | undefined,
  message: WithoutTime<DirectMessage>,
): Delivery[] {
  if (request === undefined || !isConnected(request)) return [];
  const { connection, now, ref } = request;
  const timed = { ...message, time: now } as DirectMessage;
  const isReferred = ref !== undefined && isAnswer(timed);
  return [tell([connection.id], isReferred ? { ...timed, ref } : timed)];
}

/** Whether the connection of a request has not been ended meanwhile. */
export function isConnected({ state, connection }: UserRequest): boolean {
  return state.connections.get(connection.id) === connection;
}

/**
 * Tells the user of a request that it is refused.
 *
 * @param subject The part of the user's input that is the reason.
 */
export function refuse(
  request: UserRequest | undefined,
  code: ChatErrorCode,
  subject?: string,
): Delivery[] {
  const about = subject === undefined ? {} : { subject: excerpt(subject) };
  return reply(request, { type: "error", code, ...about });
}

/** Refuses the request of a user without a nickname, and asks for one. */
export function askForNickname(
  request: UserRequest | undefined,
  code: ChatErrorCode,
  subject?: string,
): Delivery[] {
  return [
    ...refuse(request, code, subject),
    ...reply(request, { type: "nickname-request" }),
  ];
}

function excerpt(text: string): string {
  const characters = [...cleanText(text).trim()];
  return characters.length > LIMITS.subjectLength
    ? `${characters.slice(0, LIMITS.subjectLength - 1).join("")}…`
    : characters.join("");
}
