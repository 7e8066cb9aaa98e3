import { cleanMessage, cleanText } from "../room/text/_clean_text.ts";
import type { DayChanges } from "../room/text/_day_text.ts";
import { lineText, messageLines } from "../room/text/_line_text.ts";
import type {
  ChatClientEvent,
  ChatFoundMessage,
  ChatRoomInfo,
  ChatRoomRecord,
} from "../client/chat_client_message.ts";
import {
  type Inline,
  lineKinds,
  parseInline,
} from "../client/core/_markdown.ts";
import { describeRecord } from "../client/core/_record_text.ts";
import {
  errorText,
  goodbyeText,
  noticeText,
  warningText,
} from "../client/core/_server_text.ts";
import type { TextKey } from "../text/_catalogs.ts";
import type { Texts, Values } from "../text/_texts.ts";
import type { UserRef } from "../room/chat_message.ts";
import { type Palette, PLAIN } from "./_palette.ts";
import type { RecentMessage } from "./_recent_messages.ts";

/** The context in which an event is shown. */
export interface TextContext {
  readonly palette: Palette;
  readonly texts: Texts;
  /** The user's own id. */
  readonly userId: number | undefined;
  /** The room in which the user talks, whose name need not be shown. */
  readonly room: string | undefined;
  /** The day of the latest message that was shown. */
  readonly days: DayChanges;
  /** Finds a message that was shown lately. */
  readonly find: (id: number) => RecentMessage | undefined;
}

type Event<Type extends ChatClientEvent["type"]> = Extract<
  ChatClientEvent,
  { readonly type: Type }
>;

type Speech = Event<"said" | "action">;

/** The most users whose names are shown. */
const MAX_LISTED = 100;

/** The most characters of a message that is answered. */
const MAX_EXCERPT = 40;

/** Stands below a time. */
const INDENT = " ".repeat(4);

/**
 * Shows an event as lines for a terminal. All texts of others are cleaned here, and
 * nowhere else: none of their control characters gets through.
 */
export function showEvent(
  event: ChatClientEvent,
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  switch (event.type) {
    case "said":
    case "action":
    case "topic":
    case "joined":
    case "left":
    case "renamed":
    case "edited":
      return showRecord(event, context);
    case "private":
    case "private-edited":
      return showPrivate(event, context);
    case "greeting":
      return event.server === undefined
        ? []
        : [tell(context, "term.server", { server: event.server })];
    case "welcome": {
      const key = event.resumed ? "term.named-again" : "term.named";
      return [tell(context, key, { user: event.user.nickname })];
    }
    case "entered":
      return showEntered(event, context);
    case "exited":
      return [tell(context, "term.exited", { room: event.room })];
    case "nickname-request":
      return [tell(context, "term.nickname")];
    case "users":
      return [showUsers(event, context)];
    case "invited": {
      const { user, room } = event;
      return [tell(context, "invited", { user: user.nickname, room })];
    }
    case "link": {
      const { token } = event;
      return [tell(context, "link", { token }), tell(context, "term.link")];
    }
    case "pass":
      return [tell(context, "pass", { token: event.token })];
    case "invitation": {
      const { token, expires } = event;
      const until = new Date(expires).toISOString().slice(0, 16);
      return [tell(context, "invitation", { token, until })];
    }
    case "rooms":
      return event.rooms.map((room) => showRoom(room, context));
    case "found":
      return showFoundMessages(event, context);
    case "history":
      return event.messages.flatMap((record) => showRecord(record, context));
    case "error":
      return [warning(palette, errorText(event, texts))];
    case "notice":
      return [palette.bold(`*** ${clean(noticeText(event, texts))}`)];
    case "warning":
      return [warning(palette, warningText(event, texts))];
    case "help":
      return event.text.split("\n").map((line) => notice(palette, clean(line)));
    case "goodbye":
      return [notice(palette, clean(goodbyeText(event, texts)))];
    case "access-needed":
    // The number is shown when it is asked for.
    case "online":
    case "pong":
    case "state":
      return [];
  }
}

/** A line of the program itself; the values in it may be of others. */
export function tell(
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
  key: TextKey,
  values: Values = {},
): string {
  return notice(palette, texts.get(key, cleanAll(values)));
}

/** A line of the program itself. */
export function notice(palette: Palette, text: string): string {
  return palette.dim(`-- ${text}`);
}

/** A line about something that went wrong; its text may be of others. */
export function warning(palette: Palette, text: string): string {
  return palette.warn(`! ${clean(text)}`);
}

/**
 * Makes a text of others fit for one line of a terminal: without control characters,
 * and without padding that could make a part of it look like another line.
 */
export function clean(text: string): string {
  return lineText(cleanText(text));
}

function cleanAll(values: Values): Values {
  const cleaned = Object.entries(values).map(([name, value = ""]) =>
    [name, clean(String(value))] as const
  );
  return Object.fromEntries(cleaned);
}

/** Tells who is in a room, in which there may be more users. */
function showUsers(
  { room, users, online }: Pick<Event<"users">, "room" | "users" | "online">,
  { palette, texts }: TextContext,
): string {
  const listed = users.slice(0, MAX_LISTED);
  const count = Math.max(online, users.length);
  const others = count - listed.length;
  const names = listed.map(({ nickname }) => nickname).join(", ");
  const more = others > 0 ? texts.get("term.others", { count: others }) : "";
  const values = cleanAll({ room, names: names + more });
  return notice(palette, texts.count("term.in", count, values));
}

function showRoom(
  { room, topic, online, locked }: ChatRoomInfo,
  { palette, texts }: TextContext,
): string {
  const about = [
    locked ? texts.get("term.locked") : "",
    topic === "" ? "" : `; ${topic}`,
  ];
  const values = cleanAll({ room, topic: about.join("") });
  return notice(palette, texts.count("term.there", online, values));
}

/** Shows the results of a search, the newest last, with their days. */
function showFoundMessages(
  { messages, complete }: Event<"found">,
  context: TextContext,
): string[] {
  if (messages.length === 0) return [tell(context, "nothing-found")];
  const lines = messages.toReversed().flatMap((message) =>
    showFound(message, context)
  );
  return complete ? lines : [tell(context, "term.found-more"), ...lines];
}

function showRecord(record: ChatRoomRecord, context: TextContext): string[] {
  return [
    ...showDay(record.time, context),
    ...showRecordOfDay(record, context),
  ];
}

/** The day, if it is another one than that of the message before. */
function showDay(time: number, { palette, days }: TextContext): string[] {
  const day = days.next(time);
  return day === "" ? [] : [notice(palette, day)];
}

function showRecordOfDay(
  record: ChatRoomRecord,
  context: TextContext,
): string[] {
  const { palette, room } = context;
  const where = record.room === room ? "" : `[${clean(record.room)}] `;
  const start = `${palette.dim(`${clock(record.time)} ${where}`)}`;
  switch (record.type) {
    case "said":
    case "action": {
      const author = colour(record.user, context);
      const begin = record.type === "said"
        ? `${start}${author}: `
        : `${start}* ${author} `;
      return [
        ...showAnswered(record, start, context),
        ...showSpeech(begin, record, context),
      ];
    }
    case "edited":
      return showChange(start, record, context);
    default:
      return [start + describe(record, context)];
  }
}

/** The new text of a message, or that there is none any more. */
function showChange(
  start: string,
  { user, text }: Pick<Speech, "user" | "text">,
  context: TextContext,
): string[] {
  const key = text === "" ? "record.deleted" : "record.edited";
  const begin = start + tell(context, key, { user: user.nickname });
  return text === "" ? [begin] : below(begin, text, context.palette);
}

/** A sentence about an event. */
function describe(
  record: ChatRoomRecord,
  { palette, texts }: TextContext,
): string {
  const parts = describeRecord(record, texts).map((part) =>
    clean(typeof part === "string" ? part : part.nickname)
  );
  return notice(palette, parts.join(""));
}

/** The message that is answered, if it was shown lately. */
function showAnswered(
  { user: { nickname: user }, replyTo }: Pick<Speech, "user" | "replyTo">,
  start: string,
  context: TextContext,
): string[] {
  if (replyTo === undefined) return [];
  const { text = "", user: author } = context.find(replyTo) ?? {};
  const values = { user, author: author?.nickname, text: excerpt(text) };
  const key = text === "" ? "term.answers-unknown" : "term.answers";
  return [start + tell(context, key, values)];
}

/** A message, with its later changes. */
function showSpeech(
  start: string,
  { text, edited }: Pick<Speech, "text" | "edited">,
  { palette, texts }: TextContext,
): string[] {
  if (edited === undefined) return below(start, text, palette);
  if (text === "") return [start + palette.dim(texts.get("term.deleted"))];
  const lines = below(start, text, palette);
  const last = lines.pop() ?? "";
  return [...lines, `${last} ${palette.dim(texts.get("term.edited"))}`];
}

function excerpt(text: string): string {
  const letters = [...clean(text)];
  return letters.length > MAX_EXCERPT
    ? `${letters.slice(0, MAX_EXCERPT - 1).join("")}…`
    : letters.join("");
}

function showPrivate(
  event: Event<"private" | "private-edited">,
  context: TextContext,
): string[] {
  const { palette, userId, texts } = context;
  const isOwn = event.user.id === userId;
  const { nickname } = isOwn ? event.to : event.user;
  const key = isOwn ? "term.private-to" : "term.private-from";
  const mark = texts.get(key, { user: clean(nickname) });
  const time = palette.dim(`${clock(event.time)} `);
  const start = `${time}${palette.whisper(mark)} `;
  const lines = event.type === "private"
    ? [
      ...showAnswered(event, time, context),
      ...showSpeech(start, event, context),
    ]
    : showChange(start, event, context);
  return [...showDay(event.time, context), ...lines];
}

function showFound(
  { time, room, user, to, text }: ChatFoundMessage,
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  const names = { user: user.nickname, to: (to ?? user).nickname, text: "" };
  const start = room === undefined
    ? palette.whisper(texts.get("line.private", cleanAll(names)))
    : `${palette.dim(`#${clean(room)} `)}${colour(user, context)}: `;
  return [
    ...showDay(time, context),
    ...below(palette.dim(`${clock(time)} `) + start, text, palette),
  ];
}

/** The lines of a message; those below the first stand under the names. */
function below(start: string, text: string, palette: Palette): string[] {
  const message = cleanMessage(text);
  const kinds = lineKinds(message.split("\n"));
  const [first, ...others] = messageLines(message, (line, at) => {
    switch (kinds[at]) {
      case "fence":
        return palette.dim(line);
      case "code":
        return palette.code(line);
      case "quote":
        return palette.dim(line.slice(0, 1)) +
          emphasize(parseInline(line.slice(1)), palette);
      default:
        return emphasize(parseInline(line), palette);
    }
  });
  return [start + first, ...others.map((line) => INDENT + line)];
}

/** Shows Markdown with its marks: the text stays as it was cleaned. */
function emphasize(
  parts: readonly Inline[],
  palette: Palette,
  style: (text: string) => string = PLAIN.dim,
): string {
  return parts.map((part) => {
    switch (part.type) {
      case "text":
        return style(part.text);
      case "link":
        return style(palette.link(part.text));
      case "code": {
        const mark = palette.dim(part.mark);
        return mark + style(palette.code(part.text)) + mark;
      }
      default: {
        const mark = palette.dim(part.mark);
        const inner = (text: string) => style(palette[part.type](text));
        return mark + emphasize(part.children, palette, inner) + mark;
      }
    }
  }).join("");
}

function showEntered(event: Event<"entered">, context: TextContext): string[] {
  const { room, topic, history } = event;
  return [
    ...history.flatMap((record) => showRecord(record, context)),
    ...topic === "" ? [] : [tell(context, "term.topic", { room, text: topic })],
    showUsers(event, context),
  ];
}

function colour(
  { id, nickname }: UserRef,
  { palette, userId }: TextContext,
): string {
  const name = clean(nickname);
  return id === userId ? palette.bold(name) : palette.name(name);
}

function clock(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "--:--";
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}
