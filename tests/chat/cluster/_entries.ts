import type {
  ChatEntry,
  NicknameClaim,
} from "../../../chat/room/log/_chat_entry.ts";
import type { Random } from "../../property/_random.ts";

/** An entry that says something in the lobby. */
export function said(text: string, details: object = {}): ChatEntry {
  const user = { id: 1, nickname: "alice" };
  return {
    type: "said",
    time: 1_000,
    user,
    place: { room: "lobby", opened: 0 },
    text,
    ...details,
  };
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
export function departs(server: string, connection: number): ChatEntry {
  return {
    type: "depart",
    time: 1_000,
    server,
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
  const place = () => ({
    room: text(),
    opened: count(),
    ...maybe("locked", random.chance(0.5)),
  });
  const speak = (type: "said" | "action" | "topic") => ({
    ...base,
    type,
    user: user(),
    place: place(),
    text: text(),
    ...maybe("replyTo", count()),
  });
  const flag = () => random.chance(0.5);
  const makers: { [Type in ChatEntry["type"]]: () => ChatEntry } = {
    enter: () => ({
      ...base,
      type: "enter",
      connection: count(),
      enteredAt: count(),
      addressKey: text(),
      ...maybe("account", text()),
      ...maybe("nickname", claim()),
      ...maybe("session", text()),
      ...maybe("resumes", text()),
      ...maybe("link", text()),
      ...maybe("follows", count()),
      ...maybe("device", text()),
      ...maybe("after", count()),
    }),
    rename: () => ({
      ...base,
      type: "rename",
      user: count(),
      nickname: claim(),
    }),
    join: () => ({
      ...base,
      type: "join",
      user: count(),
      room: { text: text(), key: text(), look: text() },
      topic: text(),
    }),
    leave: () => ({ ...base, type: "leave", user: count(), room: text() }),
    depart: () => ({
      ...base,
      type: "depart",
      server: text(),
      departs: count(),
      reason: random.pick(["quit", "lost", "too-many-attempts"]),
      ...maybe("note", text()),
    }),
    said: () => speak("said"),
    action: () => speak("action"),
    topic: () => speak("topic"),
    private: () => ({
      ...base,
      type: "private",
      user: user(),
      to: user(),
      text: text(),
      ...maybe("replyTo", count()),
    }),
    "private-edit": () => ({
      ...base,
      type: "private-edit",
      user: user(),
      to: user(),
      target: count(),
      isHeard: flag(),
      ...maybe("text", text()),
    }),
    edit: () => ({
      ...base,
      type: "edit",
      user: user(),
      place: place(),
      target: count(),
      ...maybe("text", text()),
    }),
    link: () => ({ ...base, type: "link", user: count(), key: text() }),
    ignore: () => ({
      ...base,
      type: "ignore",
      user: count(),
      other: count(),
      isOn: flag(),
    }),
    lock: () => ({
      ...base,
      type: "lock",
      user: count(),
      place: place(),
      isOn: flag(),
    }),
    invite: () => ({
      ...base,
      type: "invite",
      user: user(),
      to: user(),
      place: place(),
    }),
    mute: () => ({
      ...base,
      type: "mute",
      user: count(),
      minutes: count(),
      ...maybe("note", text()),
    }),
    operator: () => ({ ...base, type: "operator", user: count() }),
    kick: () => ({
      ...base,
      type: "kick",
      user: count(),
      ...maybe("note", text()),
    }),
    ban: () => ({
      ...base,
      type: "ban",
      user: count(),
      minutes: count(),
      ...maybe("note", text()),
    }),
    notice: () => ({ ...base, type: "notice", text: text() }),
    expire: () => ({ ...base, type: "expire", user: count(), since: count() }),
    gone: () => ({ ...base, type: "gone", server: text() }),
  };
  return random.pick(Object.values(makers))();
}
