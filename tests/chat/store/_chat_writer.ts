// Says things in a chat with a file, one a turn, until it is killed: the number of
// each goes out once it is written.

import { ChatRoom } from "../../../chat/room/chat_room.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";

const store = await openSqliteStore(Deno.args[0]);
const room = new ChatRoom({ store, flood: { burst: Infinity } });
const { id } = room.join("192.0.2.1:1", 0);
room.line(id, "alice", 0);
const encoder = new TextEncoder();
for (let count = 1;; count++) {
  const [{ message }] = room.line(id, `line ${count}`, count);
  // The store writes at the end of this turn.
  await Promise.resolve();
  if (!("id" in message)) throw new TypeError("Cannot find what was said");
  await Deno.stdout.write(encoder.encode(`${message.id} line ${count}\n`));
}
