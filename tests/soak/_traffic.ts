import type { Random } from "../property/_random.ts";
import type { Account } from "./_ledger.ts";

/** No wait takes this long unless something hangs. */
export const HANGS = { timeout: 20_000 };

/** One kind of traffic: its server runs, and its sessions come and go. */
export interface Traffic {
  readonly name: string;
  readonly account: Account;
  /** How many sessions there are at a time. */
  readonly workers: number;
  /** Runs one session, and tells how it has ended. */
  step(random: Random): Promise<string>;
  /** Ends the server, and checks that nothing is left of it. */
  stop(): Promise<void>;
}
