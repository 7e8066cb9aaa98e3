import { EN_PAGE } from "./en_page.ts";
import { EN_SERVER } from "./en_server.ts";
import { EN_TERMINAL } from "./en_terminal.ts";

/**
 * All texts of the chat in English. `{name}` stands for a value; a text that depends
 * on a number has the forms `.one` and `.other`. Texts that begin with `page.` are
 * the page's own, with `term.` the terminal's, with `line.` those of lines of text.
 */
export const EN = {
  ...EN_PAGE,
  ...EN_SERVER,
  ...EN_TERMINAL,

  "note": " ({note})",

  // The commands of all front ends.
  "command.help": "/help",
  "command.help.about": "shows this help",
  "command.list": "/list",
  "command.list.about": "lists the users in the room",
  "command.msg": "/msg NAME TEXT",
  "command.msg.about": "sends TEXT to NAME only",
  "command.reply": "/reply NAME TEXT",
  "command.reply.about": "answers the last message of NAME",
  "command.nick": "/nick NAME",
  "command.nick.about": "changes your nickname",
  "command.me": "/me ACTION",
  "command.me.about": "describes an action",
  "command.join": "/join ROOM",
  "command.join.about": "enters a room, where your messages go then",
  "command.leave": "/leave [ROOM]",
  "command.leave.about": "leaves a room",
  "command.rooms": "/rooms",
  "command.rooms.about": "lists the rooms",
  "command.topic": "/topic [TEXT]",
  "command.topic.about": "shows or sets the topic (/topic - removes it)",
  "command.history": "/history [COUNT]",
  "command.history.about": "shows earlier messages",
  "command.search": "/search TEXT",
  "command.search.about": "finds messages",
  "command.edit": "/edit TEXT",
  "command.edit.about": "changes your last message",
  "command.delete": "/delete",
  "command.delete.about": "deletes your last message",
  "command.ignore": "/ignore NAME",
  "command.ignore.about": "shows you no more messages of NAME",
  "command.unignore": "/unignore NAME",
  "command.unignore.about": "shows them again",
  "command.lock": "/lock [ROOM]",
  "command.lock.about": "lets only invited users into a room of yours",
  "command.unlock": "/unlock [ROOM]",
  "command.unlock.about": "lets everyone in again",
  "command.invite": "/invite NAME [ROOM]",
  "command.invite.about": "lets NAME in; operators, alone: into the chat",
  "command.link": "/link",
  "command.link.about": "makes a secret for another device of yours",
  "command.quit": "/quit",
  "command.quit.about": "leaves the chat, on all your devices",
  "command.operator": "/operator TOKEN",
  "command.operator.about": "makes you an operator, who may:",
  "command.kick": "/kick NAME [REASON]",
  "command.kick.about": "disconnect a user",
  "command.ban": "/ban NAME MINUTES [REASON]",
  "command.ban.about": "disconnect a user, and ban the address",
  "command.mute": "/mute NAME MINUTES [REASON]",
  "command.mute.about": "keep a user from writing; 0 ends it",
  "command.notice": "/notice TEXT",
  "command.notice.about": "tell everyone something",
  "command.slash": "//TEXT",
  "command.slash.about": "sends /TEXT",
  "command.suggestion": "{text} Did you mean {command}?",
  "command.one-line": "A command has one line. Send it by itself.",
  "help.title":
    "Type a line and press Enter to send it to the room, or use a command:",
  "people.one": "1 person",
  "people.other": "{count} people",

  // Events of a room, in the page and the terminal.
  "record.joined": "{user} joined",
  "record.left": "{user} left{cause}",
  "record.renamed": "{previous} is now called {user}",
  "record.topic": "{user} changed the topic: {text}",
  "record.no-topic": "{user} removed the topic",
  "no-message-of": "{user} has said nothing here lately.",
  "no-own-message": "You have said nothing here that could be changed.",
  "record.edited": "{user} changed a message: {text}",
  "record.deleted": "{user} deleted a message",
  "invitation":
    "Until {until} (UTC), this lets one user in, at the end of the address of the chat's page: #invite={token}",
  "pass":
    "To enter again within 30 days, use this instead of the invitation: {token}",
  "invited": "{user} invites you to {room}: /join {room}",
  "nothing-found": "Nothing was found.",
  "link": "The secret for another device, for five minutes: {token}",
} as const;
