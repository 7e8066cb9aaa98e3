import { type MessageOf, messageReader, type ReadOutcome } from "./_schema.ts";

/** The messages of clients. `PROTOCOL.md` has the same texts. */
export const CLIENT_MESSAGES = {
  hello: {
    about:
      "begins; with a `session` it resumes the session of that secret; `password` or `invite` where the chat is not open to all",
    members: {
      version: "count",
      nickname: "text?",
      session: "text?",
      device: "text?",
      link: "text?",
      epoch: "text?",
      after: "count?",
      password: "text?",
      invite: "text?",
    },
  },
  nick: {
    about: "chooses the first nickname, or another one",
    members: { nickname: "text" },
  },
  say: {
    about:
      "says something in a room the user is in; without `room` in the room joined last",
    members: { text: "text", room: "text?", replyTo: "count?" },
  },
  me: {
    about: "describes what the user does",
    members: { text: "text", room: "text?" },
  },
  msg: {
    about: "sends a private message to the user with the nickname `to`",
    members: { to: "text", text: "text", replyTo: "count?" },
  },
  edit: {
    about:
      "changes an own message, a private one too, for 15 minutes; an empty text deletes it, which operators may do with any in a room",
    members: { target: "count", text: "text", room: "text?" },
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
  users: {
    about:
      "asks who is in a room: at most 1,000, without the first `skip` of them",
    members: { room: "text?", skip: "count?" },
  },
  topic: {
    about: "sets the topic, at most 200 characters; an empty text removes it",
    members: { text: "text", room: "text?" },
  },
  history: {
    about:
      "asks for the messages before an id (by default: the last), at most 100",
    members: { room: "text", before: "count?", limit: "count?" },
  },
  ignore: {
    about: "wants no messages of a user any more",
    members: { nickname: "text" },
  },
  unignore: {
    about: "wants them again",
    members: { nickname: "text" },
  },
  lock: {
    about:
      "makes a room one for invited users: for the user who opened it, and operators",
    members: { room: "text?" },
  },
  unlock: {
    about: "opens a room for everyone",
    members: { room: "text?" },
  },
  invite: {
    about:
      "lets a user into a locked room, and tells the user; without `nickname`, operators get an `invitation` into the chat",
    members: { nickname: "text?", room: "text?" },
  },
  link: {
    about:
      "asks for a secret by which another device joins the session, once, within 5 minutes",
    members: {},
  },
  search: {
    about:
      "finds messages in the rooms the user is in, and own private ones (with `room` in that room only), before an id, at most 100",
    members: {
      text: "text",
      room: "text?",
      before: "count?",
      limit: "count?",
    },
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
  mute: {
    about:
      "operators: takes the right to write from a user, at most 10,080 minutes; 0 gives it back",
    members: { nickname: "text", minutes: "count", reason: "text?" },
  },
  notice: {
    about:
      "operators: tells everyone in the chat something, such as that it will stop",
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
