import { VERSION } from "../../protocol/_version.ts";
import { LIMITS } from "../_limits.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { NicknameClaim } from "../log/_chat_entry.ts";
import type { Delivery } from "../chat_message.ts";
import {
  askForNickname,
  type CommandOf,
  type Decision,
  type NamedRequest,
  type Proposal,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

type Enter = Extract<Proposal, { readonly type: "enter" }>;

/** Begins a session, or resumes one. */
export function sayHello(
  request: UserRequest,
  hello: CommandOf<"hello">,
): Decision {
  const { state, connection } = request;
  const { joinsOnly } = connection;
  const { version, session, epoch, device, link } = hello;
  const nickname = connection.account ?? hello.nickname;
  if (version !== VERSION) {
    return refuse(request, "unsupported-version", `${version}`);
  }
  if (device !== undefined && device.length > LIMITS.deviceLength) {
    return refuse(request, "invalid-member", "device");
  }
  connection.device = device;
  const after = epoch === state.log.epoch ? hello.after : undefined;
  if (link !== undefined) {
    const key = state.log.sessionKey(link);
    return { ...enter(request, after), device, link: key };
  }
  if (session === undefined) {
    if (joinsOnly) return rejectStranger(request);
    return nickname === undefined
      ? reply(request, { type: "nickname-request" })
      : decideToEnter(request, nickname, after);
  }
  // The nickname only matters if the session is over, and whether it is depends on
  // all that the log has before this.
  const claim = nickname === undefined || joinsOnly
    ? undefined
    : parseFor(request, nickname);
  const key = state.log.sessionKey(session);
  const proposal = {
    ...enter(request, after),
    device,
    resumes: key,
    follows: state.users.findSession(key)?.connectedBy,
  };
  connection.resumes = session;
  if (typeof claim !== "string") return { ...proposal, nickname: claim };
  connection.fault = { code: claim, subject: nickname ?? "" };
  return proposal;
}

/**
 * Wants to enter the chat under a nickname.
 *
 * @param after The highest id that the user has seen, if known.
 */
export function decideToEnter(
  request: UserRequest,
  text: string,
  after?: number,
): Decision {
  const { account, device, joinsOnly } = request.connection;
  if (joinsOnly) return rejectStranger(request);
  if (account !== undefined && text.trim() !== account) {
    return refuse(request, "nickname-fixed", account);
  }
  const nickname = parseFor(request, text);
  if (typeof nickname === "string") {
    return askForNickname(request, nickname, text);
  }
  return { ...enter(request, after), device, nickname };
}

/** Wants to have another nickname. */
export function decideToRename(
  request: NamedRequest,
  { nickname: text }: CommandOf<"nick">,
): Decision {
  const { user } = request;
  const { account } = user;
  if (account !== undefined) return refuse(request, "nickname-fixed", account);
  const nickname = parseFor(request, text);
  if (typeof nickname === "string") return refuse(request, nickname, text);
  const { nickname: previous } = user.entry;
  if (nickname.text === previous) {
    return refuse(request, "nickname-unchanged", previous);
  }
  return { type: "rename", user: user.id, nickname };
}

/** Ends a connection that was admitted only to join a user. */
export function rejectStranger(
  { state, connection, now }: UserRequest,
): Delivery[] {
  return state.dismiss(connection, "no-nickname", now);
}

/** Checks a nickname that the user of a connection wants, and marks it if need be. */
function parseFor(
  { state: { users }, connection }: UserRequest,
  text: string,
): NicknameClaim | ChatErrorCode {
  return connection.isMarked ? users.parseMarked(text) : users.parse(text);
}

function enter(
  { state, connection }: UserRequest,
  after: number | undefined,
): Enter {
  connection.fault = undefined;
  connection.token = connection.saidHello ? crypto.randomUUID() : undefined;
  return {
    type: "enter",
    enteredAt: connection.enteredAt,
    addressKey: connection.addressKey,
    account: connection.account,
    session: connection.token && state.log.sessionKey(connection.token),
    after,
  };
}
