import { type MessageOf, messageReader, type ReadOutcome } from "./_schema.ts";

/** The messages of clients. `PROTOCOL.md` has the same texts. */
export const CLIENT_MESSAGES = {
  hello: {
    about: "begins; with a `session` it resumes the session of that secret",
    members: {
      version: "count",
      nickname: "text?",
      session: "text?",
      epoch: "text?",
      after: "count?",
    },
  },
  nick: {
    about: "chooses the first nickname, or another one",
    members: { nickname: "text" },
  },
  say: {
    about:
      "says something in a room the user is in; without `room` in the room joined last",
    members: { text: "text", room: "text?" },
  },
  me: {
    about: "describes what the user does",
    members: { text: "text", room: "text?" },
  },
  msg: {
    about: "sends a private message to the user with the nickname `to`",
    members: { to: "text", text: "text" },
  },
  join: {
    about: "enters a room, which is made if there is none",
    members: { room: "text" },
  },
  leave: {
    about: "leaves a room; not the last one",
    members: { room: "text" },
  },
  rooms: { about: "asks which rooms there are", members: {} },
  users: { about: "asks who is in a room", members: { room: "text?" } },
  topic: {
    about: "sets the topic, at most 200 characters; an empty text removes it",
    members: { text: "text", room: "text?" },
  },
  history: {
    about:
      "asks for the messages before an id (by default: the last), at most 100",
    members: { room: "text", before: "count?", limit: "count?" },
  },
  line: { about: "a line of the plain-text syntax", members: { text: "text" } },
  ping: { about: "asks for a `pong`", members: {} },
  quit: { about: "leaves", members: {} },
  operator: { about: "becomes an operator", members: { token: "text" } },
  kick: {
    about: "operators: ends a user's connection",
    members: { nickname: "text", reason: "text?" },
  },
  ban: {
    about:
      "operators: kicks, and bans the address for the time, at most 10,080",
    members: { nickname: "text", minutes: "count", reason: "text?" },
  },
  notice: {
    about:
      "operators: tells everyone on the server something, such as that it will stop",
    members: { text: "text" },
  },
} as const;

/**
 * A message of a client, without its `ref`.
 *
 * @internal
 */
export type ClientMessage = MessageOf<typeof CLIENT_MESSAGES>;

/** Reads a message of a client. */
export const readClientMessage: (text: string) => ReadOutcome<ClientMessage> =
  messageReader(CLIENT_MESSAGES);
