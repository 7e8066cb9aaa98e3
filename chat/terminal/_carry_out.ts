import type { ChatClient } from "../client/chat_client.ts";
import type { ChatReceipt } from "../client/chat_client_options.ts";
import type { TypedCommand } from "../client/core/_typed_command.ts";
import { nicknameKey } from "../room/names/nickname.ts";
import { helpLines } from "../room/text/_commands.ts";
import type { ConversationState } from "./_conversation_state.ts";
import { notice, showEvent, tell, type TextContext } from "./_terminal_text.ts";

/** The most users whose number `/list` counts itself: larger rooms tell theirs. */
const COUNTED_USERS = 1000;

/** The commands that are sent to the server, or answered without it. */
type Command = Exclude<
  TypedCommand,
  { readonly type: "blank" | "quit" | "room" | "wrong" }
>;

/** The client and the conversation of a command. */
export interface CommandContext {
  readonly client: ChatClient;
  readonly state: ConversationState;
  readonly text: TextContext;
}

/**
 * Carries out a command, and returns the lines to print. The server confirms most
 * commands by an event.
 */
export async function carryOut(
  command: Command,
  context: CommandContext,
): Promise<readonly string[]> {
  const { client, state, text } = context;
  const { texts } = text;
  const { room } = state;
  switch (command.type) {
    case "say":
    case "me": {
      const message = { room, text: command.text };
      return await send(
        client[command.type](command.text, room),
        message,
        state,
      );
    }
    case "reply":
      return await answer(command, context);
    case "edit":
      return await editLast(command.text, context);
    case "msg": {
      const message = { text: command.text };
      return await send(client.msg(command.to, command.text), message, state);
    }
    case "nick":
      await client.nick(command.nickname);
      return [];
    case "join":
      await client.join(command.room);
      return [];
    case "leave":
      await client.leave(command.room ?? room ?? "");
      return [];
    case "rooms":
      return showEvent(
        { type: "rooms", rooms: await client.listRooms() },
        text,
      );
    case "users":
      return await listUsers(command.room ?? room ?? "", context);
    case "topic":
      if (command.text === undefined) return showTopic(context);
      await client.topic(command.text, room);
      return [];
    case "history":
      return await readHistory(room ?? "", command.limit, context);
    case "search": {
      const { limit } = command;
      const found = await client.search(command.text, { limit });
      return showEvent({ type: "found", ...found }, text);
    }
    case "ignore":
    case "unignore":
      await client[command.type](command.nickname);
      return [];
    case "lock":
    case "unlock":
      await client[command.type](command.room ?? room);
      return [];
    case "invite":
      if (command.nickname === undefined) {
        const secret = await client.invitation();
        return showEvent({ type: "invitation", ...secret, text: "" }, text);
      }
      await client.invite(command.nickname, command.room ?? room);
      return [];
    case "link":
      return showEvent({ type: "link", ...await client.link() }, text);
    case "operator":
      await client.operator(command.token);
      return [tell(text, "term.operator")];
    case "kick":
      await client.kick(command.nickname, command.reason);
      return [];
    case "ban":
    case "mute": {
      const { type, nickname, minutes, reason } = command;
      await client[type](nickname, minutes, reason);
      return [];
    }
    case "notice":
      await client.notice(command.text);
      return [];
    case "help":
      return helpLines(texts, texts.get("term.room"), texts.get("term.keys"))
        .map((line) => notice(text.palette, line));
  }
}

/** Answers the last message of a user: in the room, or a private one. */
async function answer(
  { nickname, text }: Command & { readonly type: "reply" },
  { client, state, text: { texts } }: CommandContext,
): Promise<readonly string[]> {
  const { room = "" } = state;
  const key = nicknameKey(nickname);
  const last = state.recent.lastOf(
    room,
    (user) => nicknameKey(user.nickname) === key,
  );
  if (last === undefined) {
    throw new Error(texts.get("no-message-of", { user: nickname }));
  }
  const replyTo = last.id;
  return last.room === undefined
    ? await send(client.msg(nickname, text, { replyTo }), { text }, state)
    : await send(client.say(text, { room, replyTo }), { room, text }, state);
}

/** Waits for an own message to be sent, and notes it. */
async function send(
  receipt: Promise<ChatReceipt>,
  message: { readonly room?: string | undefined; readonly text: string },
  state: ConversationState,
): Promise<readonly string[]> {
  const { id } = await receipt;
  const { user, recent } = state;
  // The event may come after the next line, which may be `/edit`.
  if (id !== undefined && user !== undefined) {
    recent.add({ ...message, id, user });
  }
  return [];
}

/** Changes the user's last message in the room, or a private one, or deletes it. */
async function editLast(
  text: string,
  { client, state, text: { texts } }: CommandContext,
): Promise<readonly string[]> {
  const { room = "", user } = state;
  const last = state.recent.lastOf(room, ({ id }) => id === user?.id);
  if (last === undefined) throw new Error(texts.get("no-own-message"));
  await client.edit(last.id, text, room);
  state.recent.change(last.id, text);
  return [];
}

async function listUsers(
  room: string,
  { client, state, text }: CommandContext,
): Promise<readonly string[]> {
  const users = await client.users(room, { limit: COUNTED_USERS });
  const online = users.length < COUNTED_USERS
    ? users.length
    : Math.max(users.length, state.known(room)?.online ?? 0);
  return showEvent({ type: "users", room, users, online }, text);
}

function showTopic({ state, text }: CommandContext): readonly string[] {
  const { room = "" } = state;
  const { topic = "" } = state.known(room) ?? {};
  return topic === ""
    ? [tell(text, "term.no-topic")]
    : [tell(text, "term.topic", { room, text: topic })];
}

async function readHistory(
  room: string,
  limit: number,
  { client, state, text }: CommandContext,
): Promise<readonly string[]> {
  const known = state.known(room);
  const before = known?.oldest;
  const { messages } = await client.history(room, { limit, before });
  const [first] = messages;
  if (first === undefined) return [tell(text, "term.no-more")];
  if (known !== undefined) known.oldest = first.id;
  const context = { ...text, room };
  return messages.flatMap((record) => showEvent(record, context));
}
