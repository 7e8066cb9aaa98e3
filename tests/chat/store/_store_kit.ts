import type { KeptMessage } from "../../../chat/room/chat_message.ts";
import type { StoredPrivateMessage } from "../../../chat/store/stored_message.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";

const canWrite = (["read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

/** The options of tests that need files. */
export const needsFiles = { ignore: !canWrite };

/** Gives a function the path of a file that does not exist yet. */
export async function withPath(
  act: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(`${folder}/chat.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A message of a room. */
export function said(id: number, text: string, room = "lobby"): Said {
  const user = { id: 1, nickname: "alice" };
  return { id, time: id * 10, room, type: "said", user, text };
}

/** The topic of a room. */
export function topicSet(
  id: number,
  text: string,
  room = "lobby",
): KeptMessage {
  return { ...said(id, text, room), type: "topic" };
}

/** A private message. */
export function whispered(id: number, text: string): StoredPrivateMessage {
  const user = { id: 1, nickname: "alice" };
  const to = { id: 2, nickname: "bob" };
  return { id, time: id * 10, type: "private", user, to, text };
}

type Said = Extract<KeptMessage, { readonly type: "said" | "action" }>;

/** Changes a file of a chat as somebody with another program can. */
export async function tamper(
  path: string,
  ...statements: readonly string[]
): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(path);
  for (const statement of statements) database.exec(statement);
}

/** Creates a file of a chat with one message. */
export async function create(path: string): Promise<void> {
  using store = await openSqliteStore(path);
  store.append(said(1, "hello"));
}

/** Resolves when a condition holds, which is looked at between other work. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 2_000) throw new Error("The condition does not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
