import type {
  ChatEntry,
  NicknameClaim,
} from "../../../chat/room/log/_chat_entry.ts";
import type { Random } from "../../property/_random.ts";

/** An entry that says something in the lobby. */
export function said(text: string, details: object = {}): ChatEntry {
  const user = { id: 1, nickname: "alice" };
  return { type: "said", time: 1_000, user, room: "lobby", text, ...details };
}

/** An entry by which a user enters. */
export function enters(connection: number): ChatEntry {
  return {
    type: "enter",
    time: 1_000,
    connection,
    enteredAt: 1_000,
    addressKey: "192.0.2.1",
  };
}

/** An entry by which a user departs. */
export function departs(home: string, connection: number): ChatEntry {
  return {
    type: "depart",
    time: 1_000,
    home,
    departs: connection,
    reason: "lost",
  };
}

/** Makes an entry of any type. */
export function randomEntry(random: Random): ChatEntry {
  const count = () => random.int(0, 2 ** 40);
  const text = () => random.text(random.int(0, 20));
  const maybe = <T>(name: string, value: T) =>
    random.chance(0.5) ? { [name]: value } : {};
  const user = () => ({
    id: count(),
    nickname: text(),
  });
  const claim = (): NicknameClaim => ({
    text: text(),
    claims: Array.from({ length: random.int(0, 4) }, text),
  });
  const base = {
    time: random.int(0, 2 ** 41),
    ...maybe("connection", count()),
    ...maybe("ref", text()),
  };
  const makers: readonly (() => ChatEntry)[] = [
    () => ({
      ...base,
      type: "enter",
      connection: count(),
      enteredAt: count(),
      addressKey: text(),
      ...maybe("nickname", claim()),
      ...maybe("session", text()),
      ...maybe("resumes", text()),
      ...maybe("follows", count()),
      ...maybe("after", count()),
    }),
    () => ({ ...base, type: "rename", user: count(), nickname: claim() }),
    () => ({
      ...base,
      type: "join",
      user: count(),
      room: { text: text(), key: text(), look: text() },
      topic: text(),
    }),
    () => ({ ...base, type: "leave", user: count(), room: text() }),
    () => ({
      ...base,
      type: "depart",
      home: text(),
      departs: count(),
      reason: random.pick(["quit", "lost", "too-many-attempts"]),
      ...maybe("note", text()),
    }),
    () => ({
      ...base,
      type: random.pick(["said", "action", "topic"]),
      user: user(),
      room: text(),
      text: text(),
    }),
    () => ({
      ...base,
      type: "private",
      user: user(),
      to: user(),
      text: text(),
    }),
    () => ({ ...base, type: "operator", user: count() }),
    () => ({ ...base, type: "kick", user: count(), ...maybe("note", text()) }),
    () => ({
      ...base,
      type: "ban",
      user: count(),
      minutes: count(),
      ...maybe("note", text()),
    }),
    () => ({ ...base, type: "notice", text: text() }),
    () => ({ ...base, type: "expire", user: count(), since: count() }),
    () => ({ ...base, type: "gone", server: text() }),
  ];
  return random.pick(makers)();
}
