import {
  type MessageOf,
  messageReader,
  PLACE,
  type ReadOutcome,
  SPOKEN,
} from "./_schema.ts";

/** The messages of the server. `PROTOCOL.md` has the same texts. */
export const SERVER_MESSAGES = {
  greeting: {
    about:
      "first; `limits` has `nickname` (characters), `message` (bytes), `rooms`",
    members: {
      version: "count",
      server: "text?",
      address: "text",
      online: "count",
      epoch: "text",
      limits: "limits",
    },
  },
  "access-needed": {
    about:
      "a `hello` needs one of the `methods`: `password`, `invitation` (in `invite`)",
    members: { methods: "text[]" },
  },
  pass: {
    about:
      "the invitation was right; `token` is for `invite` the next time, for 30 days",
    members: { token: "text" },
  },
  "nickname-request": { about: "a nickname is needed", members: {} },
  welcome: {
    about:
      "the nickname is taken; `session` is the secret for a `hello` after a lost connection",
    members: {
      user: "user",
      room: "text",
      online: "count",
      session: "text?",
      resumed: "flag",
    },
  },
  entered: {
    about:
      "the user is in a room: who is there, the user too, and what was said before, or what was missed",
    members: {
      room: "text",
      topic: "text",
      users: "listedUser[]",
      online: "count",
      history: "record[]",
      complete: "flag",
    },
  },
  exited: {
    about:
      "the user has left a room; `current` is the one joined last of the others",
    members: { room: "text", current: "text" },
  },
  joined: {
    about: "somebody entered",
    members: PLACE,
  },
  left: {
    about:
      "somebody left, for a reason below; `note` is what an operator said about it",
    members: { ...PLACE, reason: "text", note: "text?" },
  },
  said: {
    about: "somebody spoke (to the others: the speaker gets an `ack`)",
    members: { ...PLACE, ...SPOKEN },
  },
  action: {
    about: "somebody described what they do (to the others)",
    members: { ...PLACE, ...SPOKEN },
  },
  edited: {
    about:
      "the text of the message `target` has changed (to its author, too); an empty one is deleted",
    members: { ...PLACE, target: "count", text: "text" },
  },
  renamed: {
    about:
      "somebody has another nickname (once for each room; to the user too)",
    members: { ...PLACE, previous: "text" },
  },
  topic: {
    about: "the topic changed (to the user who set it, too)",
    members: { ...PLACE, text: "text" },
  },
  private: {
    about: "a private message (to its sender, too)",
    members: {
      id: "count",
      time: "time",
      user: "user",
      to: "user",
      ...SPOKEN,
    },
  },
  "private-edited": {
    about:
      "the text of the private message `target` has changed (to its author, too); an empty one is deleted",
    members: {
      id: "count",
      time: "time",
      user: "user",
      to: "user",
      target: "count",
      text: "text",
    },
  },
  users: {
    about: "answer to `users`",
    members: { room: "text", users: "listedUser[]", online: "count" },
  },
  online: {
    about:
      "how many are in a room of more than 1,000, where `joined` and `left` are not told: at most once a second",
    members: { room: "text", online: "count" },
  },
  link: {
    about: "answer to `link`: the secret for the `hello` of another device",
    members: { token: "text", expires: "time" },
  },
  invitation: {
    about:
      "answer to `invite` without `nickname`: the `token` lets one user into the chat; its link is the address of the page, `#invite=` and the token",
    members: { token: "text", expires: "time", text: "text" },
  },
  invited: {
    about: "somebody has invited the user to a room",
    members: { time: "time", user: "user", room: "text" },
  },
  rooms: { about: "answer to `rooms`", members: { rooms: "room[]" } },
  history: {
    about: "answer to `history`",
    members: { room: "text", messages: "record[]", complete: "flag" },
  },
  found: {
    about:
      "answer to `search`, the newest first: `said`, `action`, `topic` and `private`",
    members: { messages: "found[]", complete: "flag" },
  },
  ack: {
    about:
      "the request was carried out; `id` and `time` are those of the message that came of it",
    members: { id: "count?", time: "time?" },
  },
  error: {
    about: "the request was refused; `text` says why in English",
    members: { code: "text", subject: "text?", text: "text" },
  },
  help: {
    about: "the commands of the plain-text syntax",
    members: { text: "text" },
  },
  notice: {
    about:
      "an operator tells everyone something; or the server this user or room, with a `code` and what it is about",
    members: {
      time: "time",
      text: "text",
      code: "text?",
      subject: "text?",
      room: "text?",
      minutes: "count?",
      note: "text?",
    },
  },
  warning: {
    about: "the user sends too fast, and will be kicked if that goes on",
    members: { time: "time", text: "text" },
  },
  pong: { about: "answer to `ping`", members: {} },
  goodbye: {
    about: "last; the connection is closed",
    members: { reason: "text", text: "text", note: "text?" },
  },
} as const;

/**
 * A message of the server, without the `ref` of the request that it answers.
 *
 * @internal
 */
export type ServerMessage = MessageOf<typeof SERVER_MESSAGES>;

/** Reads a message of the server. */
export const readServerMessage: (text: string) => ReadOutcome<ServerMessage> =
  messageReader(SERVER_MESSAGES);
