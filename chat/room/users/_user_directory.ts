import { SlotMap } from "../../../internal/slot_map.ts";
import { FloodGuard, type FloodLimits } from "../moderation/_flood_guard.ts";
import { type Guest, isNamed, type NamedGuest } from "./_user.ts";
import { IdSequence } from "./_id_sequence.ts";
import type { Session } from "./_session.ts";
import type { ChatStore } from "../../store/chat_store.ts";
import {
  type Nickname,
  nicknameKey,
  parseNickname,
} from "../names/nickname.ts";

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

/** What is known of a connection when it comes. */
export interface Arrival {
  readonly address: string;
  readonly addressKey: string;
  readonly expectsHello: boolean;
  readonly now: number;
  /** The same moment, by the clock of the limits. */
  readonly steady: number;
}

/** Who is connected, and who has which nickname: one look has one owner. */
export class UserDirectory {
  /** Connections to those at their other end. */
  readonly #connected = new SlotMap<number, Guest>();
  /** Those whose connection was lost, in the order in which their time ends. */
  readonly #away = new Set<Guest>();
  /** Claims to the users who made them. */
  readonly #owners = new Map<string, NamedGuest>();
  /** Secrets to the users who know them. */
  readonly #sessions = new Map<string, Guest>();
  readonly #reserved: ReadonlySet<string>;
  readonly #floodLimits: FloodLimits;
  readonly #ids: IdSequence;
  #online = 0;

  constructor(
    store: ChatStore,
    floodLimits: FloodLimits,
    reservedNicknames: Iterable<string> = RESERVED,
  ) {
    this.#reserved = reservedClaims(reservedNicknames);
    this.#floodLimits = floodLimits;
    this.#ids = new IdSequence(
      store.lastUserId,
      100,
      (last) => store.reserveUserIds(last),
    );
  }

  /** How many users are connected, those without a nickname counted too. */
  get size(): number {
    return this.#connected.size;
  }

  /** How many users are connected who have a nickname. */
  get online(): number {
    return this.#online;
  }

  /** All who are connected, in the order in which they came. */
  connected(): IterableIterator<Guest> {
    return this.#connected.values();
  }

  /** All whose connection was lost, those whose time ends first before others. */
  away(): IterableIterator<Guest> {
    return this.#away.values();
  }

  /** Takes in a user, who has no nickname yet. */
  add({ address, addressKey, expectsHello, now, steady }: Arrival): Guest {
    const id = this.#ids.next();
    const guest: Guest = {
      id,
      connection: id,
      address,
      addressKey,
      enteredAt: now,
      entry: undefined,
      claims: [],
      rooms: new Set(),
      flood: new FloodGuard(this.#floodLimits, steady),
      expectsHello,
      saidHello: false,
      session: undefined,
      isOperator: false,
      awayUntil: Infinity,
    };
    this.#connected.set(id, guest);
    return guest;
  }

  /** Finds who is at the other end of a connection. */
  get(connection: number): Guest | undefined {
    return this.#connected.get(connection);
  }

  /** Finds the owner of a nickname, however it is written. */
  find(nickname: string): NamedGuest | undefined {
    return this.#owners.get(nameClaim(nicknameKey(nickname)));
  }

  /** Finds the user who knows a secret. */
  findSession(token: string): Guest | undefined {
    return this.#sessions.get(token);
  }

  /**
   * Gives a user a nickname in place of the one before, unless somebody else has
   * it or one that looks like it.
   *
   * @returns The user under the new name, or why not.
   */
  rename(
    guest: Guest,
    nickname: Nickname,
  ):
    | NamedGuest
    | "nickname-reserved"
    | "nickname-taken"
    | "nickname-look-alike" {
    const claims = claimsOf(nickname);
    if (claims.some((claim) => this.#reserved.has(claim))) {
      return "nickname-reserved";
    }
    const taken = claims.find((claim) => this.#isOthers(claim, guest));
    if (taken !== undefined) {
      return taken === claims[0] ? "nickname-taken" : "nickname-look-alike";
    }
    const { id, enteredAt } = guest;
    if (!isNamed(guest)) this.#online++;
    const named = Object.assign(guest, {
      entry: { id, nickname: nickname.text, enteredAt },
    });
    this.#release(guest);
    for (const claim of claims) this.#owners.set(claim, named);
    guest.claims = claims;
    return named;
  }

  /** Gives a user a session, by which to come back. */
  begin(guest: Guest, session: Session): void {
    guest.session = session;
    this.#sessions.set(session.token, guest);
  }

  /** Takes the connection from a user, who may come back until then. */
  suspend(guest: Guest, until: number): void {
    this.#disconnect(guest);
    guest.awayUntil = until;
    this.#away.add(guest);
  }

  /** Gives a user the connection of another one, who is forgotten. */
  resume(guest: Guest, other: Guest): void {
    const { connection, address, addressKey } = other;
    this.remove(other);
    this.#disconnect(guest);
    this.#away.delete(guest);
    guest.awayUntil = Infinity;
    guest.connection = connection;
    guest.address = address;
    guest.addressKey = addressKey;
    if (connection !== undefined) this.#connected.set(connection, guest);
    if (isNamed(guest)) this.#online++;
  }

  /** Lets a user go, whose nickname is free from then on. */
  remove(guest: Guest): void {
    this.#release(guest);
    this.#disconnect(guest);
    this.#away.delete(guest);
    if (guest.session !== undefined) this.#sessions.delete(guest.session.token);
  }

  #disconnect(guest: Guest): void {
    if (guest.connection === undefined) return;
    this.#connected.delete(guest.connection);
    guest.connection = undefined;
    if (isNamed(guest)) this.#online--;
  }

  #isOthers(claim: string, guest: Guest): boolean {
    const owner = this.#owners.get(claim);
    return owner !== undefined && owner !== guest;
  }

  #release(guest: Guest): void {
    for (const claim of guest.claims) this.#owners.delete(claim);
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
