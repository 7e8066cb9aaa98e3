import { LIMITS } from "../_limits.ts";
import type { Delivery, KeptMessage, PrivateMessage } from "../chat_message.ts";
import { isLongerThan } from "../names/_is_longer_than.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import { isBlank } from "../text/_blanks.ts";
import {
  cleanMessage,
  cleanText,
  hasTooManyLines,
} from "../text/_clean_text.ts";
import type { User } from "../users/_user.ts";
import { openRoom, ownRoom } from "./_decide_rooms.ts";
import {
  type CommandOf,
  type Decision,
  type NamedRequest,
  refuse,
  reply,
} from "./_user_request.ts";

/** Wants to send a text to everyone else in a room. */
export function speak(
  request: NamedRequest,
  type: "said" | "action",
  { text: raw, room: name, replyTo }: Omit<CommandOf<"say">, "type">,
): Decision {
  const muted = refuseMuted(request);
  if (muted !== undefined) return muted;
  const room = ownRoom(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  const text = cleanMessage(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  if (hasTooManyLines(text)) return refuse(request, "text-too-long");
  return { type, user: request.user.ref, place: room.place, text, replyTo };
}

/** Wants to answer the last message of a user, to all who have got it. */
export function answer(
  request: NamedRequest,
  { nickname, text }: CommandOf<"reply">,
): Decision {
  const room = ownRoom(request, undefined);
  if (typeof room === "string") return refuse(request, room);
  const user = request.state.users.find(nickname);
  if (user === undefined) return refuse(request, "no-such-user", nickname);
  const message = lastOf(request, room, user);
  if (message === undefined) return refuse(request, "no-such-message");
  const answer = { text, replyTo: message.id };
  return message.type === "private"
    ? whisper(request, { ...answer, to: nickname })
    : speak(request, "said", answer);
}

/**
 * The last message of a user: a private one if it is the last that both have got,
 * otherwise the last in a room.
 */
function lastOf(
  { user }: NamedRequest,
  room: RoomChannel,
  author: User,
): KeptMessage | PrivateMessage | undefined {
  const secret = user.privates.lastOf(author.id);
  const isLast = secret !== undefined &&
    [...user.rooms].every(({ history }) =>
      (history.lastOf(author.id)?.id ?? 0) < secret.id
    );
  return isLast ? secret : room.history.lastOf(author.id);
}

/** Wants to change or delete something said in a room, or to one user. */
export function edit(
  request: NamedRequest,
  { target, text: raw, room: name }: CommandOf<"edit">,
): Decision {
  const { user, now, state: { rules } } = request;
  const muted = refuseMuted(request);
  if (muted !== undefined) return muted;
  // One sequence has all ids. Those of others' private messages are not known here.
  const secret = target === undefined ? undefined : user.privates.find(target);
  const room = ownRoom(request, secret === undefined ? name : undefined);
  if (typeof room === "string") return refuse(request, room, name);
  const message = secret ??
    (target === undefined
      ? lastOf(request, room, user)
      : room.history.find(target));
  const isSaid = message !== undefined && message.type !== "topic" &&
    message.text !== "";
  if (!isSaid) return refuse(request, "no-such-message");
  const cleaned = cleanMessage(raw);
  const text = isBlank(cleaned) ? undefined : cleaned;
  if (hasTooManyLines(cleaned)) return refuse(request, "text-too-long");
  const isOwn = message.user.id === user.id;
  const isOrdered = user.isOperator && text === undefined &&
    message.type !== "private";
  if (!isOwn && !isOrdered) return refuse(request, "not-your-message");
  if (!isOrdered && now - message.time > rules.editTime) {
    return refuse(request, "too-late", `${rules.editTime / 60_000}`);
  }
  const { id } = message;
  const change = { user: user.ref, target: id, text };
  if (message.type !== "private") {
    return { type: "edit", ...change, place: room.place };
  }
  const isHeard = user.privates.isHeard(id);
  return { type: "private-edit", ...change, to: message.to, isHeard };
}

/** Refuses the texts of a muted user. */
function refuseMuted(request: NamedRequest): Delivery[] | undefined {
  const left = request.user.mutedUntil - request.now;
  return left > 0
    ? refuse(request, "muted", `${Math.ceil(left / 60_000)}`)
    : undefined;
}

/** Wants to send a text to one user. */
export function whisper(
  request: NamedRequest,
  { to: nickname, text: raw, replyTo }: Omit<CommandOf<"msg">, "type">,
): Decision {
  const muted = refuseMuted(request);
  if (muted !== undefined) return muted;
  const to = request.state.users.find(nickname);
  if (to === undefined) return refuse(request, "no-such-user", nickname);
  const text = cleanMessage(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  if (hasTooManyLines(text)) return refuse(request, "text-too-long");
  const sent = { user: request.user.ref, to: to.ref, text, replyTo };
  return { type: "private", ...sent };
}

/** Wants to set a topic, or shows it. */
export function setTopic(
  request: NamedRequest,
  { text: raw, room: name }: CommandOf<"topic">,
): Decision {
  const { state, user } = request;
  const find = user.isOperator || raw === undefined ? openRoom : ownRoom;
  const room = find(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  if (raw === undefined) {
    return reply(request, {
      type: "rooms",
      rooms: [state.rooms.entryOf(room, user)],
    });
  }
  const muted = refuseMuted(request);
  if (muted !== undefined) return muted;
  const isProtected = room === state.rooms.lobby &&
    state.rules.operatorToken !== undefined;
  if (isProtected && !user.isOperator) {
    return refuse(request, "operator-needed");
  }
  const text = cleanText(raw).trim();
  if (isLongerThan(text, LIMITS.topicLength)) {
    return refuse(request, "topic-too-long");
  }
  return { type: "topic", user: user.ref, place: room.place, text };
}
