import {
  checkOptions,
  isCount,
  isOneOf,
  isTime,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import {
  hasMethods,
  isAmount,
  isAtLeast,
  isCollectionOfStrings,
  withDefaults,
} from "../_option_checks.ts";
import { MemoryStore } from "../store/_memory_store.ts";
import type { ChatStore } from "../store/chat_store.ts";
import type { ChatRoomOptions, FloodOptions } from "./chat_room_options.ts";
import type { FloodLimits } from "./moderation/_flood_guard.ts";
import type { SessionLimits } from "./users/_away_users.ts";
import { parseRoomName, type RoomName } from "./names/room_name.ts";

/** The default of each option of a chat that is a number. */
export const ROOM_DEFAULTS = {
  maxRooms: 200,
  sessionTimeout: 60_000,
  editTime: 15 * 60_000,
  maxSessions: 2_000,
  maxSessionsPerAddress: 64,
  burst: 5,
  perSecond: 2,
};

/** The least characters of the operators' token, against guessing. */
const MIN_TOKEN_LENGTH = 8;

const FLOOD_CHECKS: OptionChecks<FloodOptions> = {
  burst: isAtLeast(1),
  perSecond: isAmount,
};

const CHECKS: OptionChecks<ChatRoomOptions> = {
  name: isType("string"),
  server: isType("string"),
  reservedNicknames: isCollectionOfStrings,
  operatorToken: isToken,
  maxRooms: isCount(1),
  sessionTimeout: isTime,
  editTime: isTime,
  syntax: isOneOf("full", "plain"),
  maxSessions: isCount(0),
  maxSessionsPerAddress: isCount(0),
  flood: (value, name) => {
    isType("object")(value, name);
    checkOptions(value as FloodOptions, FLOOD_CHECKS);
  },
  store: hasMethods("load", "append"),
};

/** The checked options of a chat, with the defaults filled in. */
export interface RoomRules {
  readonly lobby: RoomName;
  readonly server: string | undefined;
  readonly reservedNicknames: Iterable<string> | undefined;
  readonly operatorToken: string | undefined;
  readonly maxRooms: number;
  readonly sessionTimeout: number;
  readonly editTime: number;
  readonly syntax: "full" | "plain";
  readonly sessions: SessionLimits;
  readonly flood: FloodLimits;
  readonly store: ChatStore;
}

/** Checks the options of a chat, and fills in the defaults. */
export function readRules(options: ChatRoomOptions): RoomRules {
  checkOptions(options, CHECKS);
  const { name = "lobby", flood, store = new MemoryStore() } = options;
  const lobby = parseRoomName(name);
  if (typeof lobby === "string") {
    throw new SyntaxError(
      `Cannot call the lobby "${name}": expected the name of a room (${lobby})`,
    );
  }
  const { maxRooms, sessionTimeout, editTime, burst, perSecond, ...sessions } =
    withDefaults({ ...options, ...flood }, ROOM_DEFAULTS);
  return {
    lobby,
    server: options.server,
    reservedNicknames: options.reservedNicknames,
    operatorToken: options.operatorToken,
    maxRooms,
    sessionTimeout,
    editTime,
    syntax: options.syntax ?? "full",
    sessions,
    flood: { burst, perSecond },
    store,
  };
}

function isToken(value: unknown, name: string): void {
  isType("string")(value, name);
  const { length } = value as string;
  if (length >= MIN_TOKEN_LENGTH) return;
  throw new RangeError(
    `Cannot use ${name} of ${length} characters: expected ${MIN_TOKEN_LENGTH} or more`,
  );
}
