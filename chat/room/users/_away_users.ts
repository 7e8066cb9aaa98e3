import type { User } from "./_user.ts";

/** How many users may be away. */
export interface SessionLimits {
  /** The most users, of all addresses. */
  readonly maxSessions: number;
  /** The most users of one address. */
  readonly maxSessionsPerAddress: number;
}

/** The users whose connection was lost, in the order in which their sessions end. */
export class AwayUsers implements Iterable<User> {
  readonly #limits: SessionLimits;
  readonly #users = new Set<User>();
  readonly #byAddress = new Map<string, Set<User>>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** The first session to end is first. */
  [Symbol.iterator](): IterableIterator<User> {
    return this.#users.values();
  }

  add(user: User): void {
    this.#users.add(user);
    const others = this.#byAddress.get(user.addressKey);
    if (others !== undefined) others.add(user);
    else this.#byAddress.set(user.addressKey, new Set([user]));
  }

  /** Removes a user, whose address must not have changed. */
  delete(user: User): void {
    if (!this.#users.delete(user)) return;
    const others = this.#byAddress.get(user.addressKey);
    others?.delete(user);
    if (others?.size === 0) this.#byAddress.delete(user.addressKey);
  }

  /** The user whose session must end, as there are too many like this one. */
  excess({ addressKey }: User): User | undefined {
    const { maxSessions, maxSessionsPerAddress } = this.#limits;
    const others = this.#byAddress.get(addressKey) ?? new Set<User>();
    return firstBeyond(others, maxSessionsPerAddress) ??
      firstBeyond(this.#users, maxSessions);
  }
}

/** The first user of too many, without those whose session is about to end. */
function firstBeyond(users: ReadonlySet<User>, most: number): User | undefined {
  if (users.size <= most) return undefined;
  let expiring = 0;
  for (const user of users) {
    if (!user.isExpiring) {
      return users.size - expiring > most ? user : undefined;
    }
    expiring++;
  }
  return undefined;
}
