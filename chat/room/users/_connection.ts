import type { ChatErrorCode } from "../chat_error_code.ts";
import type { FloodGuard } from "../moderation/_flood_guard.ts";
import type { User } from "./_user.ts";

/** How the client of a connection was admitted, which only its server knows. */
export interface ClientDetails {
  /** The name of the user whom a proxy has signed in: the nickname, too. */
  readonly account?: string | undefined;
  /** Whether its user is not signed in where others are, which the nickname shows. */
  readonly isMarked?: boolean | undefined;
  /**
   * Whether it was admitted as it knows the secret of a session or a link: without
   * that, it can't enter.
   */
  readonly joinsOnly?: boolean | undefined;
}

/** How somebody has connected. */
export interface ConnectionDetails extends ClientDetails {
  /** The network address, which only this server sees. */
  readonly address: string;
  /** Equal for all addresses of the same owner. */
  readonly addressKey: string;
  /** When, in milliseconds since the epoch. */
  readonly enteredAt: number;
  /** Whether the first request should be a `hello`. */
  readonly expectsHello: boolean;
}

/** Why a nickname is refused. */
export interface NicknameRefusal {
  readonly code: ChatErrorCode;
  /** The nickname as typed. */
  readonly subject: string;
}

/** A connection to this server, with or without a user. */
export interface Connection extends ConnectionDetails {
  readonly id: number;
  /** How fast its user sends: a session that is resumed brings its own. */
  flood: FloodGuard;
  /** Whether a `hello` came, so that the user may come back. */
  saidHello: boolean;
  /** The user, once there is a nickname. */
  user?: User | undefined;
  /** The name that the client gives to its tab or device. */
  device?: string | undefined;
  /** The secret by which another device may join the session. */
  link?: string | undefined;
  /** Whether lines such as `n:NAME` are commands; by default as the chat says. */
  syntax?: "full" | "plain" | undefined;
  /** Whether the user was told of the commands of one letter. */
  knowsLetters: boolean;
  /** The secret of the session that begins here. */
  token?: string | undefined;
  /** The secret of the session that the user wants to resume. */
  resumes?: string | undefined;
  /** Why the user can't have the nickname, if there is no session to resume. */
  fault?: NicknameRefusal | undefined;
  /** Whether a user may have entered the chat over it. */
  hasEntered: boolean;
  /** Requests that the log has not yet ordered. */
  pending: number;
}
