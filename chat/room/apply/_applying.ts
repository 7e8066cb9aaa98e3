import type { RoomState } from "../_room_state.ts";
import type { UserRequest } from "../commands/_user_request.ts";
import type { EntryPlace } from "../log/_chat_entry.ts";

/** An entry that is being applied, with the state that it changes. */
export interface Applying {
  readonly state: RoomState;
  readonly place: EntryPlace;
  /** When it was proposed, in milliseconds since the epoch. */
  readonly time: number;
  /** The request that it comes of, if its connection is one of this server. */
  readonly request: UserRequest | undefined;
}
