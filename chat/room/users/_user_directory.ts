import { SlotMap } from "../../../internal/slot_map.ts";
import { LIMITS } from "../_limits.ts";
import type { RoomRules } from "../_room_rules.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { NicknameClaim } from "../log/_chat_entry.ts";
import { MARK, withoutMark } from "../names/_marked_name.ts";
import {
  type Nickname,
  nicknameKey,
  parseNickname,
} from "../names/nickname.ts";
import { AwayUsers } from "./_away_users.ts";
import type { Home, User } from "./_user.ts";

/** Nicknames that are reserved by default. */
const RESERVED: readonly string[] = [
  ...["System", "Server", "Admin", "Administrator", "Moderator", "Operator"],
  ...["Everyone", "Nobody", "Anonymous", "You"],
  ...["系统", "服务器", "管理员", "所有人", "匿名"],
];

/** All users of the chat, and the owners of nicknames: no two nicknames look alike. */
export class UserDirectory {
  readonly #users = new SlotMap<number, User>();
  /** Connected users by server and connection. */
  readonly #homes = new Map<string, SlotMap<number, User>>();
  readonly #away: AwayUsers;
  /** Users by claim. */
  readonly #owners = new Map<string, User>();
  /** Users by the key of their session. */
  readonly #sessions = new Map<string, User>();
  /** Users by the name by which they are signed in. */
  readonly #accounts = new Map<string, User>();
  readonly #reserved: ReadonlySet<string>;
  #online = 0;

  constructor({ sessions, reservedNicknames }: RoomRules) {
    const reserved = reservedNicknames ?? RESERVED;
    this.#reserved = new Set([...reserved].flatMap(reservedClaims));
    this.#away = new AwayUsers(sessions);
  }

  /** How many users are connected. */
  get online(): number {
    return this.#online;
  }

  /** The servers that users are connected to. */
  get servers(): readonly string[] {
    return [...this.#homes.keys()];
  }

  /** All users, in the order in which they entered the chat. */
  all(): IterableIterator<User> {
    return this.#users.values();
  }

  /** The users whose connection was lost; the first session to end is first. */
  away(): IterableIterator<User> {
    return this.#away[Symbol.iterator]();
  }

  /** The users who are connected to a server. */
  of(server: string): readonly User[] {
    return [...this.#homes.get(server)?.values() ?? []];
  }

  /** Finds a user by id. */
  get(id: number): User | undefined {
    return this.#users.get(id);
  }

  /** Finds the user of a connection. */
  at({ server, connection }: Home): User | undefined {
    return this.#homes.get(server)?.get(connection);
  }

  /** Finds the owner of a nickname, in any spelling. */
  find(nickname: string): User | undefined {
    return this.#owners.get(nameClaim(nicknameKey(nickname)));
  }

  /** Finds the user of a session. */
  findSession(key: string): User | undefined {
    return this.#sessions.get(key);
  }

  /** Finds the user who is signed in by a name. */
  findAccount(account: string): User | undefined {
    return this.#accounts.get(account);
  }

  /** Checks a nickname that a user wants, or tells why nobody may have it. */
  parse(text: string): NicknameClaim | ChatErrorCode {
    const nickname = parseNickname(text);
    if (typeof nickname === "string") return nickname;
    if (this.#isReserved(nickname)) return "nickname-reserved";
    return { text: nickname.text, claims: claimsOf(nickname) };
  }

  /** Checks a nickname of a user who is not signed in where others are. */
  parseMarked(text: string): NicknameClaim | ChatErrorCode {
    const nickname = this.parse(withoutMark(text));
    return typeof nickname === "string"
      ? nickname
      : this.parse(MARK + nickname.text);
  }

  /** Why a user can't have a nickname; `undefined` if it is free. */
  conflict(
    { claims }: NicknameClaim,
    user?: User,
  ): "nickname-taken" | "nickname-look-alike" | undefined {
    const taken = claims.find((claim) => {
      const owner = this.#owners.get(claim);
      return owner !== undefined && owner !== user;
    });
    if (taken === undefined) return undefined;
    return taken === claims[0] ? "nickname-taken" : "nickname-look-alike";
  }

  /** Adds a user, whose nickname must be free. */
  add(user: User, claims: readonly string[]): void {
    this.#users.set(user.id, user);
    this.#claim(user, claims);
    for (const key of user.session?.keys ?? []) this.#sessions.set(key, user);
    if (user.account !== undefined) this.#accounts.set(user.account, user);
  }

  /**
   * Lets another secret resume the session of a user. Of too many, the oldest one
   * does not any more.
   */
  addKey(user: User, key: string): void {
    if (user.session === undefined) return;
    const { keys } = user.session;
    keys.push(key);
    this.#sessions.set(key, user);
    if (keys.length <= LIMITS.devices) return;
    const [oldest] = keys.splice(0, 1);
    this.#sessions.delete(oldest);
  }

  /** Gives a user another nickname, which must be free. */
  rename(user: User, { text, claims }: NicknameClaim): void {
    user.entry = { ...user.entry, nickname: text };
    this.#release(user);
    this.#claim(user, claims);
  }

  /** Adds a connection of a user. */
  connect(user: User, home: Home, addressKey: string): void {
    if (!user.isConnected) {
      this.#online++;
      this.#away.delete(user);
      user.awayUntil = Infinity;
      user.lastHome = undefined;
    }
    const { server, connection } = home;
    user.server = server;
    user.homes.push(home);
    user.addressKey = addressKey;
    const users = this.#homes.get(server) ?? new SlotMap<number, User>();
    this.#homes.set(server, users);
    users.set(connection, user);
  }

  /** Removes a connection of a user. */
  disconnect(user: User, { server, connection }: Home): void {
    const index = user.homes.findIndex((home) =>
      home.server === server && home.connection === connection
    );
    if (index === -1) return;
    user.homes.splice(index, 1);
    if (!user.isConnected) {
      this.#online--;
      user.lastHome = { server, connection };
    }
    const users = this.#homes.get(server);
    users?.delete(connection);
    if (users?.size === 0) this.#homes.delete(server);
  }

  /** Notes that a user has no connection, and may come back until then. */
  suspend(user: User, until: number): void {
    user.awayUntil = until;
    user.isExpiring = false;
    this.#away.add(user);
  }

  /** The user whose session must end, as there are too many like this one. */
  excess(user: User): User | undefined {
    return this.#away.excess(user);
  }

  /** Removes a user, whose nickname becomes free. */
  remove(user: User): void {
    this.#release(user);
    for (const home of [...user.homes]) this.disconnect(user, home);
    this.#away.delete(user);
    this.#users.delete(user.id);
    for (const other of user.ignored) other.ignoredBy.delete(user);
    for (const other of user.ignoredBy) other.ignored.delete(user);
    for (const key of user.session?.keys ?? []) this.#sessions.delete(key);
    if (user.account !== undefined) this.#accounts.delete(user.account);
  }

  /** Whether a nickname is reserved, or is one that is with punctuation around. */
  #isReserved(nickname: Nickname): boolean {
    const bare = parseNickname(nickname.text.replace(/[\p{P}\p{S}]/gu, ""));
    const names = typeof bare === "object" ? [nickname, bare] : [nickname];
    return names.flatMap(claimsOf).some((claim) => this.#reserved.has(claim));
  }

  #claim(user: User, claims: readonly string[]): void {
    for (const claim of claims) this.#owners.set(claim, user);
    user.claims = claims;
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
