import { cleanMessage, cleanText } from "../room/text/_clean_text.ts";
import type { DayChanges } from "../room/text/_day_text.ts";
import { lineText, messageLines } from "../room/text/_line_text.ts";
import type {
  ChatClientEvent,
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
  warningText,
} from "../client/core/_server_text.ts";
import type { Texts } from "../text/_texts.ts";
import type { UserEntry, UserRef } from "../room/chat_message.ts";

/** The colours that a line may have; none in a terminal without. */
export interface Palette {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly whisper: (text: string) => string;
  /** Code, and the styles of emphasis; `dim` is for their marks. */
  readonly code: (text: string) => string;
  readonly emphasis: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly link: (text: string) => string;
  /** The same colour for the same nickname. */
  readonly name: (nickname: string) => string;
}

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
}

type Found = Extract<
  ChatClientEvent,
  { readonly type: "found" }
>["messages"][number];

/** Stands below a time. */
const INDENT = " ".repeat(4);

const same = (text: string) => text;

/** Text as it is. */
export const PLAIN: Palette = {
  dim: same,
  bold: same,
  warn: same,
  whisper: same,
  code: same,
  emphasis: same,
  strong: same,
  link: same,
  name: same,
};

/** The colours of nicknames: all but black, white, and red, which warns. */
const NAME_COLOURS: readonly number[] = [
  ...[32, 33, 34, 35, 36, 92, 93, 94, 95, 96],
];

/** Text with colours (ECMA-48, SGR). */
export const COLOURED: Palette = {
  dim: (text) => paint(2, text),
  bold: (text) => paint(1, text),
  warn: (text) => paint(31, text),
  whisper: (text) => paint(35, text),
  code: (text) => paint(36, text),
  emphasis: (text) => paint(3, text),
  strong: (text) => paint(1, text),
  link: (text) => paint(4, text),
  name: (nickname) => {
    let sum = 0;
    for (const character of nickname) {
      sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
    }
    return paint(NAME_COLOURS[sum % NAME_COLOURS.length] ?? 36, nickname);
  },
};

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
      return showUsers(event.room, event.users, context);
    case "invited": {
      const values = {
        user: user(event.user),
        room: clean(event.room),
      };
      return [notice(palette, texts.get("invited", values))];
    }
    case "link":
      return [
        notice(palette, texts.get("link", { token: clean(event.token) })),
      ];
    case "online":
      // The number is shown when it is asked for.
      return [];
    case "rooms":
      return showRooms(event.rooms, context);
    case "found":
      if (event.messages.length === 0) {
        return [notice(palette, texts.get("nothing-found"))];
      }
      return event.messages.toReversed().flatMap((message) =>
        showFound(message, context)
      );
    case "history":
      return event.messages.flatMap((record) => showRecord(record, context));
    case "error":
      return [palette.warn(`! ${clean(errorText(event, texts))}`)];
    case "notice":
      return [palette.bold(`*** ${clean(event.text)}`)];
    case "warning":
      return [palette.warn(`! ${clean(warningText(event, texts))}`)];
    case "help":
      return event.text.split("\n").map((line) => notice(palette, clean(line)));
    case "goodbye":
      return [notice(palette, clean(goodbyeText(event, texts)))];
    case "access-needed":
    case "pass":
    case "pong":
    case "state":
      return [];
  }
}

/** Shows the users of a room. */
export function showUsers(
  room: string,
  users: readonly UserEntry[],
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  const names = users.map((entry) => user(entry)).join(", ");
  const values = { room: clean(room), names };
  return [notice(palette, texts.count("term.in", users.length, values))];
}

/** Shows the list of rooms. */
export function showRooms(
  rooms: readonly ChatRoomInfo[],
  { palette, texts }: Pick<TextContext, "palette" | "texts">,
): string[] {
  return rooms.map(({ room, topic, online }) => {
    const values = {
      room: clean(room),
      topic: topic === "" ? "" : `; ${clean(topic)}`,
    };
    return notice(palette, texts.count("term.there", online, values));
  });
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
  const { palette, room, texts } = context;
  const where = record.room === room ? "" : `[${clean(record.room)}] `;
  const start = `${palette.dim(`${clock(record.time)} ${where}`)}`;
  switch (record.type) {
    case "said":
      return below(
        `${start}${colour(record.user, context)}: `,
        record.text,
        palette,
      );
    case "action":
      return below(
        `${start}* ${colour(record.user, context)} `,
        record.text,
        palette,
      );
    default: {
      const parts = describeRecord(record, texts).map((part) =>
        typeof part === "string" ? clean(part) : user(part)
      );
      return [start + notice(palette, parts.join(""))];
    }
  }
}

function showPrivate(
  event: ChatClientEvent & { type: "private" },
  context: TextContext,
): string[] {
  const { palette, userId, texts } = context;
  const mark = event.user.id === userId
    ? texts.get("term.private-to", { user: user(event.to) })
    : texts.get("term.private-from", { user: user(event.user) });
  const time = palette.dim(`${clock(event.time)} `);
  const start = `${time}${palette.whisper(mark)} `;
  return [
    ...showDay(event.time, context),
    ...below(start, event.text, palette),
  ];
}

function showFound(
  { time, room, user: author, to, text }: Found,
  context: TextContext,
): string[] {
  const { palette, texts } = context;
  const place = room === undefined
    ? texts.get("line.found-private", { to: user(to ?? author) })
    : `#${clean(room)}`;
  const start = palette.dim(`${clock(time)} ${place} `);
  return [
    ...showDay(time, context),
    ...below(`${start}${colour(author, context)}: `, text, palette),
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
  style: (text: string) => string = same,
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
  return [...lines, ...showUsers(event.room, event.users, context)];
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

function paint(code: number, text: string): string {
  return `\x1b[${code}m${text}\x1b[0m`;
}
