import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Carries out all that a function does to a database, or nothing. */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Errors of exec() have no result code.
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
  }

  /** @throws The error of the step that has failed, after all has been undone. */
  run<T>(act: () => T): T {
    this.#begin.run();
    try {
      const result = act();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    // A severe error, such as a full disk, may have undone it already.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }
}
