import type {
  InvitationStore,
  StoredInvitation,
} from "../server/access/invitation_store.ts";
import { jetStreamCode, NatsLink, WRONG_LAST_SEQUENCE } from "./_nats_link.ts";
import { NANOSECONDS, NatsStream } from "./_nats_stream.ts";
import type {
  NatsJetStreamManager,
  NatsLogConnection,
} from "./nats_jetstream.ts";

/** The most invitations, and passes, that are valid at the same time. */
const MAX_INVITATIONS = 1000;
const MAX_PASSES = 10_000;

const DAY = 24 * 60 * 60_000;

/** Attempts to change a record that other servers change at the same time. */
const ATTEMPTS = 10;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Options for {@linkcode NatsInvitations.open}. */
export interface NatsInvitationsOptions {
  /** The connection, which the caller closes. */
  readonly connection: NatsLogConnection;
  readonly manager: NatsJetStreamManager;
  /** The name of the log's stream, with which the names here begin. */
  readonly stream: string;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
  /** The most valid invitations; passes may be ten times as many. */
  readonly maxInvitations?: number;
}

/** The last message about a token. */
interface Found {
  readonly sequence: number;
  readonly invitation: StoredInvitation;
}

/**
 * The invitations of a chat on several servers: the last message of a subject for
 * each token, in a stream for invitations and one for passes. A change names the
 * message that it replaces, so of two servers that use the last use one fails.
 */
export class NatsInvitations implements InvitationStore, Disposable {
  readonly #link: NatsLink;
  readonly #streams: Readonly<Record<StoredInvitation["type"], NatsStream>>;
  readonly #prefix: string;
  readonly #maxInvitations: number;
  readonly #maxPasses: number;

  private constructor(
    link: NatsLink,
    streams: Readonly<Record<StoredInvitation["type"], NatsStream>>,
    { stream, maxInvitations = MAX_INVITATIONS }: NatsInvitationsOptions,
  ) {
    this.#link = link;
    this.#streams = streams;
    this.#prefix = stream;
    this.#maxInvitations = maxInvitations;
    this.#maxPasses = maxInvitations * MAX_PASSES / MAX_INVITATIONS;
  }

  /**
   * Opens the streams, and creates those that are missing.
   *
   * @throws If they can't be used.
   */
  static async open(options: NatsInvitationsOptions): Promise<NatsInvitations> {
    const { connection, manager, stream, timeout } = options;
    const link = new NatsLink(connection, timeout);
    const open = (suffix: string, subject: string, days: number) =>
      NatsStream.open(manager, link, {
        name: `${stream}${suffix}`,
        subjects: [`${stream}.${subject}.*`],
        // The longest that one can be valid, and a day for clocks that differ.
        max_age: days * DAY * NANOSECONDS,
      });
    try {
      const streams = {
        invitation: await open("_INVITATIONS", "invitations", 366),
        pass: await open("_PASSES", "passes", 31),
      };
      return new NatsInvitations(link, streams, options);
    } catch (error) {
      link.end(new Error("The invitations were closed"));
      throw error;
    }
  }

  async add(invitation: StoredInvitation, now: number): Promise<void> {
    if (invitation.type === "pass") await this.#makeRoomForPass();
    else await this.#makeRoomForInvitation(now);
    await this.#put(invitation, 0);
  }

  async take(
    hash: string,
    now: number,
    passUntil: number,
  ): Promise<StoredInvitation["type"] | undefined> {
    for (const type of ["invitation", "pass"] as const) {
      const isTaken = await this.#change(type, hash, (invitation) => {
        const { until, uses } = invitation;
        if (until <= now || uses < 1) return undefined;
        return type === "pass"
          ? { ...invitation, until: passUntil }
          : { ...invitation, uses: uses - 1 };
      });
      if (isTaken) return type;
    }
    return undefined;
  }

  async giveBack(hash: string): Promise<void> {
    await this.#change(
      "invitation",
      hash,
      (invitation) => ({ ...invitation, uses: invitation.uses + 1 }),
    );
  }

  /** Ends all invitations and passes. */
  async clear(): Promise<void> {
    for (const type of ["invitation", "pass"] as const) {
      await this.#streams[type].purge({ filter: this.#subject(type, "*") });
    }
  }

  /** Ends the use of the connection. */
  [Symbol.dispose](): void {
    this.#link.end(new Error("The invitations were closed"));
  }

  /** Changes a stored record, again if another server was faster. */
  async #change(
    type: StoredInvitation["type"],
    hash: string,
    change: (invitation: StoredInvitation) => StoredInvitation | undefined,
  ): Promise<boolean> {
    for (let attempt = 1;; attempt++) {
      const found = await this.#find(type, hash);
      const changed = found && change(found.invitation);
      if (found === undefined || changed === undefined) return false;
      try {
        await this.#put(changed, found.sequence);
        return true;
      } catch (error) {
        const isLate = jetStreamCode(error) === WRONG_LAST_SEQUENCE;
        if (!isLate || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  async #find(
    type: StoredInvitation["type"],
    hash: string,
  ): Promise<Found | undefined> {
    const subject = this.#subject(type, hash);
    const message = await this.#streams[type].get({ last_by_subj: subject });
    return message === null ? undefined : {
      sequence: message.seq,
      invitation: read(type, message.data),
    };
  }

  async #put(invitation: StoredInvitation, after: number): Promise<void> {
    const { type, hash, until, uses } = invitation;
    const payload = ENCODER.encode(JSON.stringify({ hash, until, uses }));
    await this.#streams[type].publish(this.#subject(type, hash), payload, {
      expect: { lastSubjectSequence: after },
    });
  }

  /** Removes the passes that end first: they were stored first. */
  async #makeRoomForPass(): Promise<void> {
    const { state } = await this.#streams.pass.info();
    if (state.messages < this.#maxPasses) return;
    await this.#streams.pass.purge({ seq: state.first_seq + 1 });
  }

  /** Removes invitations that have ended, where there are many. */
  async #makeRoomForInvitation(now: number): Promise<void> {
    const stream = this.#streams.invitation;
    const { state } = await stream.info();
    if (state.messages < this.#maxInvitations) return;
    let valid = 0;
    const messages = await stream.consume(state.first_seq);
    const ended: string[] = [];
    for await (const { seq, data } of messages) {
      const { hash, until, uses } = read("invitation", data);
      if (until <= now) ended.push(hash);
      else if (uses > 0) valid++;
      if (seq >= state.last_seq) break;
    }
    await messages.close();
    if (valid >= this.#maxInvitations) {
      throw new RangeError(
        `Cannot add an invitation: there are ${this.#maxInvitations} valid ones`,
      );
    }
    for (const hash of ended) {
      await stream.purge({ filter: this.#subject("invitation", hash) });
    }
  }

  #subject(type: StoredInvitation["type"], hash: string): string {
    const part = type === "pass" ? "passes" : "invitations";
    return `${this.#prefix}.${part}.${hash}`;
  }
}

function read(
  type: StoredInvitation["type"],
  data: Uint8Array,
): StoredInvitation {
  const { hash, until, uses } = JSON.parse(DECODER.decode(data));
  return { type, hash, until, uses };
}
