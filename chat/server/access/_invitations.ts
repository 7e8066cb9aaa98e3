import { createHash, randomBytes } from "node:crypto";
import type { InvitationStore } from "./invitation_store.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Milliseconds that a pass is valid after its last use. */
const PASS_TIME = 30 * DAY;

const TOKEN_LENGTH = 32;

/** The form of a token: 256 bits in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The end of a link with a token: a browser does not send it to the server. */
const FRAGMENT = /#invite=([A-Za-z0-9_-]{43})$/;

/** The terms of a new invitation. */
export interface InvitationTerms {
  /** Milliseconds that it is valid. */
  readonly time: number;
  /** How often it can be used. */
  readonly uses: number;
}

/** The use of a token by a client that is admitted, and is no user yet. */
export interface Redemption {
  /** The user has entered: makes a pass, unless there is one. */
  entered(): Promise<string | undefined>;
  /** The client has gone before, and an invitation can be used again. */
  abandoned(): Promise<void>;
}

/** Makes and redeems the tokens of invitations, of which only hashes are stored. */
export class Invitations {
  readonly #store: InvitationStore;
  readonly #now: () => number;

  constructor(store: InvitationStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Makes an invitation.
   *
   * @returns The token, which can't be read again.
   * @throws {RangeError} If there are too many.
   */
  async create({ time, uses }: InvitationTerms): Promise<string> {
    return await this.#add("invitation", this.#now() + time, uses);
  }

  /** Uses a token, or a link with one; `undefined` if it is not valid. */
  async redeem(text: string): Promise<Redemption | undefined> {
    const token = readToken(text);
    if (token === undefined) return undefined;
    const now = this.#now();
    const hash = hashOf(token);
    const type = await this.#store.take(hash, now, now + PASS_TIME);
    if (type === undefined) return undefined;
    const isPass = type === "pass";
    return {
      entered: async () => isPass ? undefined : await this.makePass(),
      abandoned: async () => {
        if (!isPass) await this.#store.giveBack(hash);
      },
    };
  }

  /** Makes a pass. */
  async makePass(): Promise<string> {
    return await this.#add("pass", this.#now() + PASS_TIME, 1);
  }

  async #add(
    type: "invitation" | "pass",
    until: number,
    uses: number,
  ): Promise<string> {
    const token = randomBytes(TOKEN_LENGTH).toString("base64url");
    const hash = hashOf(token);
    await this.#store.add({ type, hash, until, uses }, this.#now());
    return token;
  }
}

/** The token of a text that is one, or a link with one. */
export function readToken(text: string): string | undefined {
  const trimmed = text.trim();
  if (TOKEN.test(trimmed)) return trimmed;
  return FRAGMENT.exec(trimmed)?.[1];
}

/**
 * The link for an invitation.
 *
 * @param url The address of the chat's page.
 */
export function linkOf(url: URL, token: string): string {
  const link = new URL(url);
  link.hash = `invite=${token}`;
  return link.href;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
