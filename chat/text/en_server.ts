/** The texts of servers in English: errors, reasons, notices, and lines of text. */
export const EN_SERVER = {
  // Errors by their codes.
  "error.nickname-empty": "A nickname must have at least one character.",
  "error.nickname-too-long":
    "A nickname can have up to {nameLength} characters.",
  "error.nickname-space": "A nickname can't contain spaces.",
  "error.nickname-colon": "A nickname can't contain a colon.",
  "error.nickname-slash": "A nickname can't start with a slash.",
  "error.nickname-mark":
    "A nickname can't start with a combining mark, or have five in a row.",
  "error.nickname-server-mark":
    "A nickname can't start with *, and needs a letter, a digit or an emoji.",
  "error.nickname-invisible": "A nickname can't contain invisible characters.",
  "error.nickname-reserved":
    "The nickname {subject} is reserved. Please choose another one.",
  "error.nickname-taken":
    "The nickname {subject} is taken. Please choose another one.",
  "error.nickname-look-alike":
    "The nickname {subject} looks like one that is taken. Please choose another one.",
  "error.no-invitations":
    "The server can't make an invitation: it has none, or too many.",
  "error.nickname-fixed":
    "Your nickname is {subject}, as you are signed in by that name.",
  "error.nickname-unchanged": "Your nickname is {subject} already.",
  "error.nickname-needed": "Please choose a nickname first.",
  "error.room-empty": "The name of a room must have at least one character.",
  "error.room-too-long":
    "The name of a room can have up to {nameLength} characters.",
  "error.room-space": "The name of a room can't contain spaces.",
  "error.room-colon": "The name of a room can't contain a colon.",
  "error.room-slash": "The name of a room can't start with a slash.",
  "error.room-mark":
    "The name of a room can't start with a combining mark, or have five in a row.",
  "error.room-server-mark":
    "The name of a room can't start with *, and needs a letter, a digit or an emoji.",
  "error.room-invisible":
    "The name of a room can't contain invisible characters.",
  "error.room-look-alike":
    "The name {subject} looks like that of another room. Please choose another one.",
  "error.no-such-room":
    "There is no room {subject}. Type /rooms to list all rooms.",
  "error.not-in-room":
    "You are not in {subject}. Type /join {subject} to enter it.",
  "error.last-room":
    "{subject} is your only room. Type /quit to leave the chat.",
  "error.too-many-rooms":
    "You are in {roomsPerUser} rooms, which is the limit. Leave one of them first.",
  "error.rooms-full":
    "There are as many rooms as this server allows. Type /rooms to list them.",
  "error.no-such-user":
    "There is no user {subject}. Type /list to list the users here.",
  "error.text-empty": "The text is empty.",
  "error.text-too-long": "The text is too long, and was not sent.",
  "error.topic-too-long": "A topic can have up to {topicLength} characters.",
  "error.operator-needed": "Only operators can do that.",
  "error.wrong-token": "The operators' token is wrong.",
  "error.too-many-tokens":
    "Too many wrong tokens came from your address. Try again in {subject} seconds.",
  "error.invalid-minutes":
    "The time is 1 to {banMinutes} minutes, which is a week; 0 ends a mute.",
  "error.unknown-command":
    "There is no command /{subject}. Type /help to list the commands, or //{subject} to send it as text.",
  "error.incomplete-command": "Something is missing. Usage: {subject}",
  "error.line-too-long": "The line is too long, and was not sent.",
  "error.invalid-utf8": "The line is not valid UTF-8, and was not sent.",
  "error.not-text": "The message is not text.",
  "error.not-json": "The message is not a JSON object.",
  "error.unknown-type": "There is no message type {subject}.",
  "error.invalid-member": "The member {subject} is missing or invalid.",
  "error.unsupported-version":
    "Version {subject} of the protocol is not supported: use {version}.",
  "error.unexpected-hello": "A hello must come before the welcome.",
  "error.no-such-message": "There is no such message, or it is too old.",
  "error.not-your-message": "Only its author can change a message.",
  "error.too-late": "A message can only be changed for {subject} minutes.",
  "error.muted": "An operator has muted you. Minutes left: {subject}.",
  "error.room-locked": "The room {subject} is by invitation only.",
  "error.owner-needed":
    "Only the user who opened the room and operators may do that.",
  "error.too-many-ignored": "You can't ignore more users.",
  "error.link-needs-session":
    "Only a user of the page or of another client with sessions can add devices.",
  "error.no-search": "This server keeps no messages that could be searched.",
  "error.access-needed": "Please give the password or an invitation first.",
  "error.wrong-password": "The password is wrong.",
  "error.wrong-invitation":
    "The invitation is not valid: it has been used, has ended, or is not complete.",
  "error.too-many-guesses":
    "There were too many wrong guesses. Try again in {subject} seconds.",
  "error.access-busy": "The server can't check this now. Please try again.",
  "error.sign-in-name":
    "You are signed in as {subject}, which can't be a nickname. Please ask the operator of this chat.",
  "error.wrong-link": "The link is not valid any more.",
  "error.unavailable":
    "The chat can't take that now, as its servers are out of reach. Try again later.",

  // The last message to a user, with the reason by its code.
  "goodbye": "Goodbye!",
  "goodbye.why": "Goodbye: {why}.",
  "goodbye.lost": "the connection was lost",
  "goodbye.replaced": "your session was resumed over another connection",
  "goodbye.slow": "you read too slowly",
  "goodbye.line-too-long": "your line was too long",
  "goodbye.no-nickname": "you did not choose a nickname in time",
  "goodbye.wrong-protocol":
    "your client speaks another protocol than lines of text or JSON",
  "goodbye.flooding": "you sent too fast",
  "goodbye.kicked": "an operator disconnected you",
  "goodbye.banned": "an operator has banned your address",
  "goodbye.full": "the server is full. Please try again later",
  "goodbye.too-many-connections": "your address has too many connections",
  "goodbye.too-many-attempts": "your address has connected too often recently",
  "goodbye.access-refused": "you were not let in",
  "goodbye.shutdown": "the server is shutting down",

  // Why another user has left.
  "cause": ": {why}",
  "cause.lost": "connection lost",
  "cause.replaced": "session resumed",
  "cause.slow": "reads too slowly",
  "cause.line-too-long": "line too long",
  "cause.no-nickname": "no nickname",
  "cause.wrong-protocol": "wrong protocol",
  "cause.flooding": "sent too fast",
  "cause.kicked": "kicked by an operator",
  "cause.banned": "banned by an operator",
  "cause.full": "server full",
  "cause.too-many-connections": "too many connections",
  "cause.too-many-attempts": "too many attempts",
  "cause.shutdown": "server shutting down",

  // Notices of the server by their codes.
  "minutes.one": "1 minute",
  "minutes.other": "{count} minutes",
  "notice.operator": "You are an operator now.",
  "notice.kicked": "{subject} was kicked.",
  "notice.banned": "{subject} and the address are banned for {time}.",
  "notice.muted": "{subject} is muted for {time}.",
  "notice.unmuted": "{subject} may write again.",
  "notice.you-are-muted": "An operator has muted you for {time}.",
  "notice.you-are-unmuted": "You may write again.",
  "notice.ignored":
    "You get no more messages of {subject}. /unignore {subject} ends that.",
  "notice.unignored": "You get the messages of {subject} again.",
  "notice.locked":
    "The room {subject} is by invitation now: /invite NAME lets somebody in. It is forgotten when the last user has left.",
  "notice.unlocked": "The room {subject} is open to everyone now.",
  "notice.invited": "{subject} is invited to {room}.",
  "notice.was-private":
    "That was a private message. To say a line that begins with c:, type b: before it, or /syntax plain.",
  "notice.was-nickname":
    "That was a command for a new nickname. To say a line that begins with n:, type b: before it, or /syntax plain.",
  "notice.syntax-full": "Lines such as c:NAME:TEXT, n:NAME and l are commands.",
  "notice.syntax-plain":
    "All lines without a slash are text now. /syntax full ends that.",
  "warning":
    "You send too fast. Please slow down, or you will be disconnected.",

  // Lines of text, for nc and telnet.
  "line.password": "Password: please type it and press Enter.",
  "line.invitation": "Invitation: please paste its link and press Enter.",
  "line.password-or-invitation":
    "Password: please type it, or paste the link of an invitation, and press Enter.",
  "line.welcome": "Welcome! {online}, including you.",
  "line.welcome-to": "Welcome to {server}! {online}, including you.",
  "line.online.one": "1 person is online",
  "line.online.other": "{count} people are online",
  "line.here.one": "1 person is here",
  "line.here.other": "{count} people are here",
  "line.in.one": "1 person is in {room}",
  "line.in.other": "{count} people are in {room}",
  "line.address": "Your address is {address}; other users do not see it.",
  "line.nickname": "Please type your nickname and press Enter.",
  "line.named": "Welcome, {user}! You are user {id}.",
  "line.hint":
    "Type a line to talk, /help to list the commands, byebye to leave.",
  "line.entered":
    "You are in {room}: what you type goes there. {here}, including you.",
  "line.topic": "The topic of {room} is: {text}",
  "line.exited": "You have left {room}. Your messages go to {current} now.",
  "line.joined": "{user} has joined{room}.",
  "line.left": "{user} has left{room}{cause}.",
  "line.topic-set": "{user} has set the topic: {text}",
  "line.topic-removed": "{user} has removed the topic.",
  "line.edited": "{user} has changed a message: {text}",
  "line.deleted": "{user} has deleted a message.",
  "line.found": "Found, with the time in UTC, the newest last:",
  "line.found-private": "to {to}",
  "line.found-end": "End of what was found.",
  "line.mark-deleted": "(deleted)",
  "line.mark-edited": "(edited)",
  "line.mark-answer": "(an answer)",
  "line.private": "[private] {user} to {to}: {text}",
  "line.private-change": "[private] {text}",
  "line.renamed": "{previous} is now called {user}.",
  "line.user": "{user} (user {id})",
  "line.listed": "{user} (user {id}, here for {time})",
  "line.others": "and {count} more",
  "line.rooms": "There are {count} rooms (/join ROOM enters one):",
  "line.room": "{room} ({people})",
  "line.no-history": "There are no messages in {room} yet.",
  "line.history.one": "The last message in {room}, with the time in UTC:",
  "line.history.other":
    "The last {count} messages in {room}, with the time in UTC:",
  "line.history-end": "End of history.",
  "line.notice": "Notice: {text}",
  "line.moment": "less than a minute",
  "line.minutes": "{count} min",
  "line.hours": "{count} h",
  "line.days": "{count} days",
  "line.short":
    "Also: l lists the users, c:NAME:TEXT, n:NAME, byebye; b:TEXT sends any TEXT.",
  "line.syntax": "/syntax plain switches these off, and /syntax full on again.",
} as const;
