/** The mute and the rights of an account, each until a time since the epoch. */
interface AccountRecord {
  readonly mutedUntil: number;
  readonly operatorUntil: number;
}

/** A record as the saved state has it. */
export type SavedAccount = readonly [
  account: string,
  mutedUntil: number,
  operatorUntil: number,
];

const NOTHING: AccountRecord = { mutedUntil: 0, operatorUntil: 0 };

/**
 * The mutes and rights of accounts, which outlive the sessions of their users. All
 * times are those of the log, so that all servers have the same.
 */
export class AccountRecords {
  readonly #records = new Map<string, AccountRecord>();

  /** Until when the user of an account may not write; 0 if that is over. */
  mutedUntil(account: string, logTime: number): number {
    const { mutedUntil } = this.#records.get(account) ?? NOTHING;
    return mutedUntil > logTime ? mutedUntil : 0;
  }

  /** Whether the user of an account is an operator from the start. */
  isOperator(account: string, logTime: number): boolean {
    const { operatorUntil } = this.#records.get(account) ?? NOTHING;
    return operatorUntil > logTime;
  }

  /** Adds to the record of an account, or replaces it. */
  set(account: string, change: Partial<AccountRecord>): void {
    const record = this.#records.get(account) ?? NOTHING;
    this.#records.set(account, { ...record, ...change });
  }

  /** Removes records that do not hold any more. */
  expire(logTime: number): void {
    for (const [account, record] of this.#records) {
      if (!holds(record, logTime)) this.#records.delete(account);
    }
  }

  /**
   * The records that hold after a time, by account: the same on all servers, of
   * which each removes old ones when it looks.
   */
  save(logTime: number): SavedAccount[] {
    const after = (until: number) => until > logTime ? until : 0;
    return [...this.#records].filter(([, record]) => holds(record, logTime))
      .map(([account, { mutedUntil, operatorUntil }]) =>
        [account, after(mutedUntil), after(operatorUntil)] as const
      ).sort(([one], [other]) => one < other ? -1 : 1);
  }
}

function holds(
  { mutedUntil, operatorUntil }: AccountRecord,
  logTime: number,
): boolean {
  return Math.max(mutedUntil, operatorUntil) > logTime;
}
