import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prepared statements, by the names of their texts. */
export type Statements<Texts> = {
  readonly [Name in keyof Texts]: StatementSync;
};

/** Prepares statements. */
export function prepareAll<Texts extends Readonly<Record<string, string>>>(
  database: DatabaseSync,
  texts: Texts,
): Statements<Texts> {
  const statements = Object.entries(texts).map(([name, text]) =>
    [name, database.prepare(text)] as const
  );
  return Object.fromEntries(statements) as Statements<Texts>;
}
