import type { ChatUser } from "./chat_user.ts";
import { type Nickname, nicknameKey, parseNickname } from "./nickname.ts";

/** A user with a nickname. */
export interface NamedUser extends ChatUser {
  readonly nickname: string;
}

/** The names that nobody may have unless the server says otherwise. */
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

/** Whether a user has a nickname. */
export function isNamed(user: ChatUser): user is NamedUser {
  return user.nickname !== undefined;
}

interface Entry {
  user: ChatUser;
  claims: readonly string[];
}

/** Who is connected, and who has which nickname: one look has one owner. */
export class UserDirectory {
  readonly #entries = new Map<number, Entry>();
  /** Claims to the ids of the users who made them. */
  readonly #owners = new Map<string, number>();
  readonly #reserved: ReadonlySet<string>;
  #lastId = 0;

  constructor(reservedNicknames: Iterable<string> = RESERVED) {
    this.#reserved = reservedClaims(reservedNicknames);
  }

  /** How many users are connected, those without a nickname counted too. */
  get size(): number {
    return this.#entries.size;
  }

  /** All users, in the order in which they connected. */
  *all(): Generator<ChatUser> {
    for (const { user } of this.#entries.values()) yield user;
  }

  /** Takes in a user, who has no nickname yet. */
  add(address: string, enteredAt: number): ChatUser {
    const id = ++this.#lastId;
    const user: ChatUser = { id, address, enteredAt, nickname: undefined };
    this.#entries.set(id, { user, claims: [] });
    return user;
  }

  /** Finds a user by id. */
  get(id: number): ChatUser | undefined {
    return this.#entries.get(id)?.user;
  }

  /** Finds the owner of a nickname, however it is written. */
  find(nickname: string): NamedUser | undefined {
    const id = this.#owners.get(nameClaim(nicknameKey(nickname)));
    const user = id === undefined ? undefined : this.get(id);
    return user !== undefined && isNamed(user) ? user : undefined;
  }

  /**
   * Gives a user a nickname in place of the one before, unless somebody else has
   * it or one that looks like it.
   *
   * @returns The user under the new name, or why not.
   */
  rename(
    user: ChatUser,
    nickname: Nickname,
  ):
    | NamedUser
    | "nickname-reserved"
    | "nickname-taken"
    | "nickname-look-alike" {
    const claims = claimsOf(nickname);
    if (claims.some((claim) => this.#reserved.has(claim))) {
      return "nickname-reserved";
    }
    const taken = claims.find((claim) => this.#isOthers(claim, user.id));
    if (taken !== undefined) {
      return taken === claims[0] ? "nickname-taken" : "nickname-look-alike";
    }
    this.#release(user.id);
    for (const claim of claims) this.#owners.set(claim, user.id);
    const renamed: NamedUser = { ...user, nickname: nickname.text };
    this.#entries.set(user.id, { user: renamed, claims });
    return renamed;
  }

  /** Lets a user go, whose nickname is free from then on. */
  remove(id: number): void {
    this.#release(id);
    this.#entries.delete(id);
  }

  #isOthers(claim: string, id: number): boolean {
    const owner = this.#owners.get(claim);
    return owner !== undefined && owner !== id;
  }

  #release(id: number): void {
    const claims = this.#entries.get(id)?.claims ?? [];
    for (const claim of claims) this.#owners.delete(claim);
  }
}

/** What nobody else may have beside the owner of a nickname, the name first. */
function claimsOf({ key, looks }: Nickname): readonly string[] {
  return [nameClaim(key), ...looks];
}

function nameClaim(key: string): string {
  return `name ${key}`;
}

function reservedClaims(nicknames: Iterable<string>): ReadonlySet<string> {
  const claims = new Set<string>();
  for (const text of nicknames) {
    const nickname = parseNickname(text);
    if (typeof nickname === "string") {
      throw new SyntaxError(
        `Cannot reserve nickname "${text}": nobody can choose it (${nickname})`,
      );
    }
    for (const claim of claimsOf(nickname)) claims.add(claim);
  }
  return claims;
}
