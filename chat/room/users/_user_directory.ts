import { SlotMap } from "../../../internal/slot_map.ts";
import type { RoomRules } from "../_room_rules.ts";
import { FloodGuard, type FloodLimits } from "../moderation/_flood_guard.ts";
import {
  type Nickname,
  nicknameKey,
  parseNickname,
} from "../names/nickname.ts";
import { IdSequence } from "./_id_sequence.ts";
import { Session } from "./_session.ts";
import { AwayUsers } from "./_away_users.ts";
import { type Arrival, isNamed, type NamedUser, User } from "./_user.ts";

/** Nicknames that are reserved by default. */
const RESERVED: readonly string[] = [
  "System",
  "Server",
  "Admin",
  "Administrator",
  "Moderator",
  "Operator",
  "Everyone",
  "Nobody",
  "Anonymous",
  "You",
  "系统",
  "服务器",
  "管理员",
  "所有人",
  "匿名",
];

/** Why a nickname can't be given to a user. */
type ClaimFault =
  | "nickname-reserved"
  | "nickname-taken"
  | "nickname-look-alike";

/** All users, and the owners of nicknames: no two nicknames look alike. */
export class UserDirectory {
  /** Users by connection. */
  readonly #connected = new SlotMap<number, User>();
  readonly #away: AwayUsers;
  /** Users by claim. */
  readonly #owners = new Map<string, NamedUser>();
  /** Users by the token of their session. */
  readonly #sessions = new Map<string, User>();
  readonly #reserved: ReadonlySet<string>;
  readonly #floodLimits: FloodLimits;
  readonly #ids: IdSequence;
  #online = 0;

  constructor({ store, flood, sessions, reservedNicknames }: RoomRules) {
    const reserved = reservedNicknames ?? RESERVED;
    this.#reserved = new Set([...reserved].flatMap(reservedClaims));
    this.#floodLimits = flood;
    this.#away = new AwayUsers(sessions);
    this.#ids = new IdSequence(
      store.lastUserId,
      100,
      (last) => store.reserveUserIds(last),
    );
  }

  /** How many users are connected, with and without a nickname. */
  get size(): number {
    return this.#connected.size;
  }

  /** How many users with a nickname are connected. */
  get online(): number {
    return this.#online;
  }

  /** The connected users, in the order in which they connected. */
  connected(): IterableIterator<User> {
    return this.#connected.values();
  }

  /** The users whose connection was lost; the first session to end is first. */
  away(): IterableIterator<User> {
    return this.#away[Symbol.iterator]();
  }

  /**
   * Adds a user, without a nickname.
   *
   * @param steady The time of the arrival in steady time.
   */
  add(arrival: Arrival, steady: number): User {
    const id = this.#ids.next();
    const flood = new FloodGuard(this.#floodLimits, steady);
    const user = new User(id, flood, arrival);
    this.#connected.set(id, user);
    return user;
  }

  /** Finds the user of a connection. */
  get(connection: number): User | undefined {
    return this.#connected.get(connection);
  }

  /** Finds the owner of a nickname, in any spelling. */
  find(nickname: string): NamedUser | undefined {
    return this.#owners.get(nameClaim(nicknameKey(nickname)));
  }

  /** Finds the user of a session. */
  findSession(token: string): User | undefined {
    return this.#sessions.get(token);
  }

  /**
   * Gives a user a nickname in place of the previous one, unless it is reserved or
   * another user has it or one that looks like it.
   *
   * @returns Why not, if not.
   */
  rename(user: User, nickname: Nickname): ClaimFault | undefined {
    const claims = claimsOf(nickname);
    if (this.#isReserved(nickname)) return "nickname-reserved";
    const taken = claims.find((claim) =>
      (this.#owners.get(claim) ?? user) !== user
    );
    if (taken !== undefined) {
      return taken === claims[0] ? "nickname-taken" : "nickname-look-alike";
    }
    const { id, enteredAt } = user;
    if (!isNamed(user)) this.#online++;
    const named = Object.assign(user, {
      entry: { id, nickname: nickname.text, enteredAt },
    });
    this.#release(user);
    for (const claim of claims) this.#owners.set(claim, named);
    user.claims = claims;
    return undefined;
  }

  /** Gives a user a session. */
  begin(user: User): void {
    user.session = new Session();
    this.#sessions.set(user.session.token, user);
  }

  /**
   * Takes the connection from a user, who may come back until then.
   *
   * @returns The user whose session must end, as too many are kept.
   */
  suspend(user: User, until: number): User | undefined {
    this.#disconnect(user);
    user.awayUntil = until;
    this.#away.add(user);
    return this.#away.excess(user);
  }

  /** Moves the connection of another user, who is removed, to this one. */
  resume(user: User, other: User): void {
    const { connection, address, addressKey } = other;
    this.remove(other);
    this.#disconnect(user);
    this.#away.delete(user);
    user.awayUntil = Infinity;
    user.connection = connection;
    user.address = address;
    user.addressKey = addressKey;
    if (connection !== undefined) this.#connected.set(connection, user);
    if (isNamed(user)) this.#online++;
  }

  /** Removes a user, whose nickname becomes free. */
  remove(user: User): void {
    this.#release(user);
    this.#disconnect(user);
    this.#away.delete(user);
    if (user.session !== undefined) this.#sessions.delete(user.session.token);
  }

  /** Whether a nickname is reserved, or is one that is with punctuation around. */
  #isReserved(nickname: Nickname): boolean {
    const bare = parseNickname(nickname.text.replace(/[\p{P}\p{S}]/gu, ""));
    const names = typeof bare === "object" ? [nickname, bare] : [nickname];
    return names.flatMap(claimsOf).some((claim) => this.#reserved.has(claim));
  }

  #disconnect(user: User): void {
    if (user.connection === undefined) return;
    this.#connected.delete(user.connection);
    user.connection = undefined;
    if (isNamed(user)) this.#online--;
  }

  #release(user: User): void {
    for (const claim of user.claims) this.#owners.delete(claim);
  }
}

/** The keys that a nickname reserves, beginning with the name itself. */
function claimsOf({ key, looks }: Nickname): readonly string[] {
  return [nameClaim(key), ...looks];
}

function nameClaim(key: string): string {
  return `name ${key}`;
}

function reservedClaims(text: string): readonly string[] {
  const nickname = parseNickname(text);
  if (typeof nickname === "object") return claimsOf(nickname);
  throw new SyntaxError(
    `Cannot reserve nickname "${text}": no user can choose it (${nickname})`,
  );
}
