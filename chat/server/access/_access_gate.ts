import type { HelloSecrets } from "../../room/_room_replica.ts";
import { GuessGuard } from "../../room/moderation/_guess_guard.ts";
import { CheckQueue } from "./_check_queue.ts";
import {
  Invitations,
  type InvitationTerms,
  readToken,
  type Redemption,
} from "./_invitations.ts";
import { Password } from "./_password.ts";
import type { ChatAccessOptions } from "./chat_access_options.ts";

/** A way to be admitted. */
export type AccessMethod = "password" | "invitation";

/** Why a client is not admitted. */
export type AccessFault =
  | "wrong-password"
  | "wrong-invitation"
  | "too-many-guesses"
  | "access-busy";

/** The secrets that a client has given. */
export interface AccessAttempt {
  /** The port that the client is connected to. */
  readonly kind: "tcp" | "http";
  /** Stands for all addresses of the client's network. */
  readonly addressKey: string;
  readonly password?: string | undefined;
  /** The token of an invitation or a pass, or a link with one. */
  readonly invitation?: string | undefined;
  /** The secret of a session. */
  readonly session?: string | undefined;
  /** The secret of a link from another device. */
  readonly link?: string | undefined;
}

/** The decision about an attempt. */
export type AccessOutcome =
  | {
    readonly type: "admitted";
    /** To be told whether the user has entered. */
    readonly redemption?: Redemption | undefined;
    /** Whether the client may do nothing but join the user of its secret. */
    readonly joinsOnly?: boolean;
  }
  | {
    /** The client has given nothing that can be checked. */
    readonly type: "needed";
    readonly methods: readonly AccessMethod[];
  }
  | {
    readonly type: "refused";
    readonly code: AccessFault;
    /** The seconds to wait, if there are too many guesses. */
    readonly subject?: string;
  };

/** Options for {@linkcode AccessGate}. */
export interface AccessGateOptions {
  /** Called with failures of the store. */
  readonly onError: (error: unknown) => void;
  /** Whether the chat has a user of such a secret. */
  readonly knows?: (secrets: HelloSecrets) => boolean;
  /** A monotonic clock, in milliseconds. */
  readonly steady?: () => number;
  /** The time, in milliseconds since the epoch. */
  readonly time?: () => number;
}

const ADMITTED: AccessOutcome = { type: "admitted" };

/**
 * Decides which clients are admitted, before they claim a nickname. No outcome and
 * no error contains a secret.
 */
export class AccessGate {
  readonly #password: Password | undefined;
  readonly #invitations: Invitations | undefined;
  readonly #knows: (secrets: HelloSecrets) => boolean;
  readonly #steady: () => number;
  readonly #queue = new CheckQueue();
  readonly #passwordGuesses = new GuessGuard();
  readonly #invitationGuesses = new GuessGuard();
  readonly #methods: Readonly<Record<"tcp" | "http", readonly AccessMethod[]>>;

  /** Called with failures of the store. */
  readonly onError: (error: unknown) => void;
  /** The header field with the nicknames of users over HTTP. */
  readonly userHeader: string | undefined;

  constructor(access: ChatAccessOptions, options: AccessGateOptions) {
    const { password, invitations, userHeader } = access;
    this.onError = options.onError;
    this.#knows = options.knows ?? (() => false);
    this.#steady = options.steady ?? (() => performance.now());
    this.#password = password === undefined
      ? undefined
      : new Password(password);
    this.#invitations = invitations &&
      new Invitations(invitations, options.time);
    this.userHeader = userHeader;
    const methods: AccessMethod[] = [];
    if (password !== undefined) methods.push("password");
    // Users must not bypass the proxy that signs them in.
    const isSignedIn = userHeader !== undefined;
    if (invitations !== undefined && !isSignedIn) methods.push("invitation");
    this.#methods = { tcp: methods, http: isSignedIn ? [] : methods };
  }

  /** The ways to be admitted on a port; empty if the chat is open. */
  methodsFor(kind: "tcp" | "http"): readonly AccessMethod[] {
    return this.#methods[kind];
  }

  /** Whether invitations let anybody in. */
  get hasInvitations(): boolean {
    return this.#methods.tcp.includes("invitation");
  }

  /** Decides about an attempt. It never rejects. */
  async check(attempt: AccessAttempt): Promise<AccessOutcome> {
    try {
      return await this.#decide(attempt);
    } catch (error) {
      this.onError(error);
      return { type: "refused", code: "access-busy" };
    }
  }

  async #decide(attempt: AccessAttempt): Promise<AccessOutcome> {
    const { kind, addressKey, password, invitation, session, link } = attempt;
    const methods = this.methodsFor(kind);
    if (methods.length === 0) return ADMITTED;
    if (link !== undefined && this.#knows({ link })) {
      return this.#admitByLink(methods);
    }
    const hasOther = password !== undefined || invitation !== undefined;
    if (session !== undefined && !hasOther && this.#knows({ session })) {
      return { type: "admitted", joinsOnly: true };
    }
    if (invitation !== undefined && methods.includes("invitation")) {
      return await this.#redeem(addressKey, invitation);
    }
    const secret = this.#password;
    if (password === undefined || secret === undefined) {
      return { type: "needed", methods };
    }
    return await this.#checkPassword(secret, addressKey, password);
  }

  /** Decides about a line of text, which is an invitation if it looks like one. */
  checkLine(
    kind: "tcp" | "http",
    addressKey: string,
    line: string,
  ): Promise<AccessOutcome> {
    const methods = this.methodsFor(kind);
    const isInvitation = !methods.includes("password") ||
      methods.includes("invitation") && readToken(line) !== undefined;
    return this.check({
      kind,
      addressKey,
      ...isInvitation ? { invitation: line } : { password: line },
    });
  }

  /**
   * Makes an invitation, and returns its token.
   *
   * @throws {RangeError} If there are too many.
   * @throws {TypeError} If there are no invitations on this server.
   */
  async invite(terms: InvitationTerms): Promise<string> {
    if (this.#invitations !== undefined) {
      return await this.#invitations.create(terms);
    }
    throw new TypeError("Cannot invite: the server has no invitations");
  }

  /** Admits another device of a user, which gets a pass of its own. */
  #admitByLink(methods: readonly AccessMethod[]): AccessOutcome {
    const invitations = methods.includes("invitation")
      ? this.#invitations
      : undefined;
    const redemption = invitations && this.#reporting({
      entered: () => invitations.makePass(),
      abandoned: async () => {},
    });
    return { type: "admitted", joinsOnly: true, redemption };
  }

  /** Reports the failures of a store. */
  #reporting({ entered, abandoned }: Redemption): Redemption {
    const report = (error: unknown) => {
      this.onError(error);
      return undefined;
    };
    return {
      entered: () => entered().catch(report),
      abandoned: () => abandoned().catch(report),
    };
  }

  async #redeem(addressKey: string, text: string): Promise<AccessOutcome> {
    const guesses = this.#invitationGuesses;
    const now = this.#steady();
    const wait = guesses.wait(addressKey, now);
    if (wait > 0) return tooMany(wait);
    const redemption = await this.#invitations?.redeem(text);
    if (redemption === undefined) {
      guesses.fail(addressKey, now);
      return { type: "refused", code: "wrong-invitation" };
    }
    guesses.succeed(addressKey);
    return { type: "admitted", redemption: this.#reporting(redemption) };
  }

  async #checkPassword(
    secret: Password,
    addressKey: string,
    text: string,
  ): Promise<AccessOutcome> {
    // A known answer does not wait in the queue, which may be full of guesses.
    const known = secret.recall(text);
    if (known !== undefined) {
      return this.#tooManyGuesses(addressKey) ??
        this.#judge(addressKey, known);
    }
    const outcome = await this.#queue.run(
      addressKey,
      async () =>
        this.#tooManyGuesses(addressKey) ??
          this.#judge(addressKey, await secret.verify(text)),
    );
    return outcome ?? { type: "refused", code: "access-busy" };
  }

  #tooManyGuesses(addressKey: string): AccessOutcome | undefined {
    const wait = this.#passwordGuesses.wait(addressKey, this.#steady());
    return wait > 0 ? tooMany(wait) : undefined;
  }

  #judge(addressKey: string, isRight: boolean): AccessOutcome {
    if (isRight) {
      this.#passwordGuesses.succeed(addressKey);
      return ADMITTED;
    }
    this.#passwordGuesses.fail(addressKey, this.#steady());
    return { type: "refused", code: "wrong-password" };
  }
}

function tooMany(wait: number): AccessOutcome {
  const subject = `${Math.ceil(wait / 1000)}`;
  return { type: "refused", code: "too-many-guesses", subject };
}
