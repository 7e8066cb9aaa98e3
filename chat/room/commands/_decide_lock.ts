import { ownRoom } from "./_decide_rooms.ts";
import {
  type CommandOf,
  type Decision,
  type NamedRequest,
  refuse,
} from "./_user_request.ts";

/** Wants a room to be by invitation, or open for everyone. */
export function lock(
  request: NamedRequest,
  { type, room: text }: CommandOf<"lock" | "unlock">,
): Decision {
  const { state, user } = request;
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  if (!state.rooms.governs(user, room)) {
    return refuse(request, "owner-needed", text);
  }
  const isOn = type === "lock";
  return { type: "lock", user: user.id, place: room.place, isOn };
}

/** Wants a user to be let into a locked room. */
export function invite(
  request: NamedRequest,
  { nickname, room: text }: CommandOf<"invite">,
): Decision {
  const { state, user } = request;
  if (nickname === undefined) return inviteIntoChat(request);
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  if (room.invited !== undefined && !state.rooms.governs(user, room)) {
    return refuse(request, "owner-needed");
  }
  const to = state.users.find(nickname);
  if (to === undefined) return refuse(request, "no-such-user", nickname);
  return { type: "invite", user: user.ref, to: to.ref, place: room.place };
}

/** Wants an invitation into the chat for somebody who is not there. */
function inviteIntoChat(request: NamedRequest): Decision {
  const { state, connection: { id: connection }, user, ref } = request;
  if (!user.isOperator) return refuse(request, "incomplete-command", "invite");
  if (state.onInvite === undefined) return refuse(request, "no-invitations");
  state.onInvite({ connection, ref, by: user.ref });
  return "later";
}
