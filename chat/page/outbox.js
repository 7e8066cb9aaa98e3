/**
 * The part that keeps what the user has said until the
 * server has confirmed it, and sends it: again after a loss of the connection,
 * and no faster than the server likes.
 */

/** As many as the server remembers, so that no repeated one is done twice. */
export const MAX_PENDING = 64;
/** Messages that may go at once; the server takes more for flooding. */
const BURST = 4;
/** Milliseconds for each further one; the server allows two in a second. */
const PACE = 600;

export class Outbox {
  #refs = 0;
  #allowance = BURST;
  #allowedAt = 0;
  #pump;

  /**
   * The session has send(message), isOpen(conversation) for whether something
   * can be said there now, enter(conversation) for what helps, and onChange().
   */
  constructor(store, system, session) {
    this.store = store;
    this.system = system;
    this.session = session;
    this.prefix = system.makePrefix();
  }

  nextRef() {
    return this.prefix + "-" + ++this.#refs;
  }

  /** How much waits, or is not confirmed. */
  get size() {
    return this.store.list().reduce(
      (sum, { pending }) => sum + pending.length,
      0,
    );
  }

  /** Takes something that is to be said; it is sent as soon as may be. */
  add(conversation, type, text) {
    conversation.pending.push({
      ref: this.nextRef(),
      type,
      text,
      time: Date.now(),
      state: "waiting",
    });
    this.flush(conversation);
  }

  /** Sends again what has failed, or may have. */
  sendAgain(conversation, pending) {
    pending.state = "waiting";
    pending.error = undefined;
    this.flush(conversation);
  }

  discard(conversation, pending) {
    conversation.pending = conversation.pending.filter((each) =>
      each !== pending
    );
    this.#changed();
  }

  fail(pending, error) {
    pending.state = "failed";
    pending.error = error;
    this.#changed();
  }

  /**
   * After a loss: what was sent waits again, and the server knows what it has
   * done already; but only in the same session.
   */
  takeBack({ pending }, isSameSession) {
    for (const each of pending) {
      if (each.state !== "sent") continue;
      each.state = isSameSession ? "waiting" : "uncertain";
    }
  }

  /** What has a ref, and where it is said. */
  find(ref) {
    for (const conversation of this.store.conversations.values()) {
      const pending = conversation.pending.find((each) => each.ref === ref);
      if (pending) return { conversation, pending };
    }
    return {};
  }

  /** Sends what waits, in its order; in rooms only once the server has us in. */
  flush(conversation) {
    const { kind, name, isEntered, pending } = conversation;
    const isRoom = kind === "room";
    if (isRoom && !isEntered) this.session.enter(conversation);
    if (this.session.isOpen(conversation)) {
      const to = isRoom ? { room: name } : { to: name };
      for (const each of pending) {
        if (each.state !== "waiting") continue;
        if (!this.mayGo()) break;
        const { type, ref, text } = each;
        this.session.send({ type, ref, text, ...to });
        each.state = "sent";
      }
    }
    this.#changed();
  }

  /** Whether one more may go now; if not, all that waits is looked at again. */
  mayGo() {
    const now = this.system.now();
    const earned = Math.max(0, now - this.#allowedAt) / PACE;
    this.#allowance = Math.min(BURST, this.#allowance + earned);
    this.#allowedAt = now;
    if (this.#allowance >= 1) {
      this.#allowance--;
      return true;
    }
    this.#pump ??= this.system.setTimeout(() => {
      this.#pump = undefined;
      for (const conversation of this.store.list()) {
        const { pending, isEntered, kind } = conversation;
        const isOutside = kind === "room" && !isEntered;
        if (pending.length > 0 || isOutside) this.flush(conversation);
      }
    }, PACE);
    return false;
  }

  #changed() {
    this.session.onChange();
    this.store.onChange();
  }
}
