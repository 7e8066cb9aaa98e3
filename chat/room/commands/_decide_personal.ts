import { LIMITS } from "../_limits.ts";
import { noticeOf } from "../text/_notice.ts";
import {
  type CommandOf,
  type Decision,
  type NamedRequest,
  refuse,
  reply,
} from "./_user_request.ts";

/** Wants a secret by which another device joins the session. */
export function link(request: NamedRequest): Decision {
  const { state, connection, user } = request;
  if (user.session === undefined) return refuse(request, "link-needs-session");
  connection.link = crypto.randomUUID();
  const key = state.log.sessionKey(connection.link);
  return { type: "link", user: user.id, key };
}

/** Wants to get the messages of another user no more, or again. */
export function ignore(
  request: NamedRequest,
  { type, nickname }: CommandOf<"ignore" | "unignore">,
): Decision {
  const { state, user } = request;
  const other = state.users.find(nickname);
  if (other === undefined || other === user) {
    return refuse(request, "no-such-user", nickname);
  }
  const isOn = type === "ignore";
  if (isOn && user.ignored.size >= LIMITS.ignored) {
    return refuse(request, "too-many-ignored");
  }
  return { type: "ignore", user: user.id, other: other.id, isOn };
}

/** Chooses whether lines such as `n:NAME` are commands. */
export function chooseSyntax(
  request: NamedRequest,
  { syntax }: CommandOf<"syntax">,
): Decision {
  request.connection.syntax = syntax;
  return reply(request, noticeOf(`syntax-${syntax}`));
}
