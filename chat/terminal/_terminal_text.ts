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
import type { Texts } from "../text/_texts.ts";
import type { UserEntry, UserRef } from "../room/chat_message.ts";
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
  /** The day of what was shown last. */
  readonly days: DayChanges;
  /** Finds a message that was shown lately. */
  readonly find: (id: number) => RecentMessage | undefined;
}

type Speech = ChatRoomRecord & { readonly type: "said" | "action" };

/** Messages that a search has found. */
interface Found {
  readonly messages: readonly ChatFoundMessage[];
  readonly complete: boolean;
}

/** Users of a room, of whom there may be more. */
interface UserList {
  readonly room: string;
  readonly users: readonly UserEntry[];
  readonly online: number;
}

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
      return event.server === undefined ? [] : [
        notice(
          palette,
          texts.get("term.server", { server: clean(event.server) }),
        ),
      ];
    case "welcome":
      return [
        notice(
          palette,
          texts.get(event.resumed ? "term.named-again" : "term.named", {
            user: user(event.user),
          }),
        ),
      ];
    case "entered":
      return showEntered(event, context);
    case "exited":
      return [
        notice(palette, texts.get("term.exited", { room: clean(event.room) })),
      ];
    case "nickname-request":
      return [notice(palette, texts.get("term.nickname"))];
    case "users":
      return showUsers(event, context);
    case "invited": {
      const values = {
        user: user(event.user),
        room: clean(event.room),
      };
      return [notice(palette, texts.get("invited", values))];
    }
    case "link":
      return showLink(event, context);
    case "pass":
      return [
        notice(palette, texts.get("pass", { token: clean(event.token) })),
      ];
    case "invitation":
      return showInvitation(event, context);
    case "rooms":
      return showRooms(event.rooms, context);
    case "found":
      return showFoundMessages(event, context);
    case "history":
      return showHistory(event.messages, context);
    case "error":
      return [palette.warn(`! ${clean(errorText(event, texts))}`)];
    case "notice":
      return [palette.bold(`*** ${clean(noticeText(event, texts))}`)];
    case "warning":
      return [palette.warn(`! ${clean(warningText(event, texts))}`)];
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

/** Shows the users of a room. */
export function showUsers(
  { room, users, online }: UserList,
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  const listed = users.slice(0, MAX_LISTED);
  const count = Math.max(online, users.length);
  const others = count - listed.length;
  const names = listed.map((entry) => user(entry)).join(", ");
  const more = others > 0 ? texts.get("term.others", { count: others }) : "";
  const values = { room: clean(room), names: names + more };
  return [notice(palette, texts.count("term.in", count, values))];
}

/** Shows the list of rooms. */
export function showRooms(
  rooms: readonly ChatRoomInfo[],
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  return rooms.map(({ room, topic, online, locked }) => {
    const about = [
      locked ? texts.get("term.locked") : "",
      topic === "" ? "" : `; ${clean(topic)}`,
    ];
    const values = { room: clean(room), topic: about.join("") };
    return notice(palette, texts.count("term.there", online, values));
  });
}

/** Shows messages of a room. */
export function showHistory(
  messages: readonly ChatRoomRecord[],
  context: TextContext,
): string[] {
  return messages.flatMap((record) => showRecord(record, context));
}

/** Shows what a search has found, the newest last, with its days. */
export function showFoundMessages(
  { messages, complete }: Found,
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  if (messages.length === 0) {
    return [notice(palette, texts.get("nothing-found"))];
  }
  const lines = messages.toReversed().flatMap((message) =>
    showFound(message, context)
  );
  return complete
    ? lines
    : [notice(palette, texts.get("term.found-more")), ...lines];
}

/** Shows a secret that lets somebody into the chat. */
export function showInvitation(
  { token, expires }: { readonly token: string; readonly expires: number },
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  const values = {
    token: clean(token),
    until: new Date(expires).toISOString().slice(0, 16),
  };
  return [notice(palette, texts.get("invitation", values))];
}

/** Shows the secret for another device. */
export function showLink(
  { token }: { readonly token: string },
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  return [
    notice(palette, texts.get("link", { token: clean(token) })),
    notice(palette, texts.get("term.link")),
  ];
}

/**
 * Makes a text of others fit for one line of a terminal: without control characters,
 * and without padding that could make a part of it look like another line.
 */
export function clean(text: string): string {
  return lineText(cleanText(text));
}

/** A line of the program itself. */
export function notice(palette: Palette, text: string): string {
  return palette.dim(`-- ${text}`);
}

function showRecord(record: ChatRoomRecord, context: TextContext): string[] {
  return [
    ...showDay(record.time, context),
    ...showRecordOfDay(record, context),
  ];
}

/** The day, if it is another one than that of what was shown before. */
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
  { user: author, text }: Pick<Speech, "user" | "text">,
  { palette, texts }: TextContext,
): string[] {
  const values = { user: user(author) };
  const key = text === "" ? "record.deleted" : "record.edited";
  const begin = start + notice(palette, texts.get(key, values));
  return text === "" ? [begin] : below(begin, text, palette);
}

/** A sentence about an event. */
function describe(
  record: ChatRoomRecord,
  { palette, texts }: TextContext,
): string {
  const parts = describeRecord(record, texts).map((part) =>
    typeof part === "string" ? clean(part) : user(part)
  );
  return notice(palette, parts.join(""));
}

/** The message that is answered, if it was shown lately. */
function showAnswered(
  { user: author, replyTo }: Pick<Speech, "user" | "replyTo">,
  start: string,
  { palette, texts, find }: TextContext,
): string[] {
  if (replyTo === undefined) return [];
  const answered = find(replyTo);
  const text = answered === undefined || answered.text === ""
    ? texts.get("term.answers-unknown", { user: user(author) })
    : texts.get("term.answers", {
      user: user(author),
      author: user(answered.user),
      text: excerpt(answered.text),
    });
  return [start + notice(palette, text)];
}

/** A message, with what became of it. */
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
  event: ChatClientEvent & { type: "private" | "private-edited" },
  context: TextContext,
): string[] {
  const { palette, userId, texts } = context;
  const mark = event.user.id === userId
    ? texts.get("term.private-to", { user: user(event.to) })
    : texts.get("term.private-from", { user: user(event.user) });
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
  { time, room, user: author, to, text }: ChatFoundMessage,
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  const names = { user: user(author), to: user(to ?? author), text: "" };
  const start = room === undefined
    ? palette.whisper(texts.get("line.private", names))
    : `${palette.dim(`#${clean(room)} `)}${colour(author, context)}: `;
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

function showEntered(
  event: ChatClientEvent & { type: "entered" },
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  const lines = event.history.flatMap((record) => showRecord(record, context));
  if (event.topic !== "") {
    lines.push(
      notice(
        palette,
        texts.get("term.topic", {
          room: clean(event.room),
          text: clean(event.topic),
        }),
      ),
    );
  }
  return [...lines, ...showUsers(event, context)];
}

function colour(
  who: UserRef,
  { palette, userId }: TextContext,
): string {
  const name = user(who);
  return who.id === userId ? palette.bold(name) : palette.name(name);
}

function user({ nickname }: Pick<UserRef, "nickname">): string {
  return clean(nickname);
}

function clock(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "--:--";
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}
