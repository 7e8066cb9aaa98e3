import type { FloodLimits } from "./moderation/_flood_guard.ts";
import { MemoryStore } from "../store/_memory_store.ts";
import type { ChatRoomOptions, FloodOptions } from "./chat_room_options.ts";
import type { ChatStore } from "../store/chat_store.ts";
import { parseRoomName, type RoomName } from "./names/room_name.ts";

/** The least characters of the operators' token: it must not be guessed. */
const MIN_TOKEN_LENGTH = 8;

/** The rules of a chat, and where it keeps what should outlive it. */
export interface RoomRules {
  readonly lobby: RoomName;
  readonly server: string | undefined;
  readonly reservedNicknames: Iterable<string> | undefined;
  readonly operatorToken: string | undefined;
  readonly maxRooms: number;
  readonly sessionTimeout: number;
  readonly flood: FloodLimits;
  readonly newToken: () => string;
  readonly store: ChatStore;
}

/** Checks the options of a chat, and fills in the defaults. */
export function rulesOf(options: ChatRoomOptions): RoomRules {
  const {
    name = "lobby",
    server,
    reservedNicknames,
    operatorToken,
    maxRooms = 200,
    sessionTimeout = 60_000,
    flood = {},
    store = new MemoryStore(),
  } = options;
  return {
    lobby: requireRoomName(name),
    server,
    reservedNicknames,
    operatorToken: requireToken(operatorToken),
    maxRooms: requireAtLeast(1, "maximum of rooms", maxRooms),
    sessionTimeout: requireAtLeast(0, "session timeout", sessionTimeout),
    flood: requireFlood(flood),
    newToken: () => crypto.randomUUID(),
    store,
  };
}

function requireRoomName(text: string): RoomName {
  const name = parseRoomName(text);
  if (typeof name === "object") return name;
  throw new SyntaxError(
    `Cannot call the lobby "${text}": expected the name of a room (${name})`,
  );
}

function requireToken(token: string | undefined): string | undefined {
  if (token === undefined || token.length >= MIN_TOKEN_LENGTH) return token;
  throw new RangeError(
    `Cannot use an operator token of ${token.length} characters: expected ${MIN_TOKEN_LENGTH} or more`,
  );
}

function requireFlood({ burst = 5, perSecond = 2 }: FloodOptions): FloodLimits {
  if (!(perSecond > 0)) {
    throw new RangeError(
      `Cannot use ${perSecond} as messages a second: expected more than 0`,
    );
  }
  return { burst: requireAtLeast(1, "burst of messages", burst), perSecond };
}

function requireAtLeast(least: number, what: string, value: number): number {
  if (value >= least) return value;
  throw new RangeError(
    `Cannot use ${value} as ${what}: expected ${least} or more`,
  );
}
