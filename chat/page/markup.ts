/** Drawings of 24 by 24, in strokes. */
const ICONS: Readonly<Record<string, string>> = {
  menu: "M4 7h16M4 12h16M4 17h10",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18.5 14.5a6.5 6.5 0 0 1 3 5.5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-3-6.5z",
  edit: "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19z",
  leave: "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11M8 8l-4 4 4 4",
  down: "M12 5v14M6 13l6 6 6-6",
  help:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.7M12 16.7v.1",
  chat:
    "M6 4h12a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-6l-5 4v-4H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3zM8 11v.1M12 11v.1M16 11v.1",
};

const SYMBOLS: string = Object.entries(ICONS).map(([name, path]) =>
  `<symbol id="icon-${name}" viewBox="0 0 24 24"><path d="${path}"/></symbol>`
).join("\n");

function icon(name: keyof typeof ICONS): string {
  return `<svg class="icon" aria-hidden="true"><use href="#icon-${name}"/></svg>`;
}

function iconButton(id: string, name: string, label: string): string {
  return `<button type="button" class="round" id="${id}" aria-label="${label}" title="${label}">${
    icon(name)
  }</button>`;
}

function dialog(name: string, title: string, body: string): string {
  return `<dialog id="${name}-dialog" aria-labelledby="${name}-heading">
<div class="dialog-head">
<h2 id="${name}-heading">${title}</h2>
<button type="button" class="round" data-close-dialog aria-label="Close">${
    icon("close")
  }</button>
</div>
${body}
</dialog>`;
}

function textForm(
  name: string,
  { id, label, button }: {
    readonly id: string;
    readonly label: string;
    readonly button: string;
  },
): string {
  return `<form id="${name}-form" class="text-form">
<label for="${id}">${label}</label>
<div class="row">
<input id="${id}" dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="${name}-error">
<button class="primary">${button}</button>
</div>
<p id="${name}-error" class="error" role="alert"></p>
</form>`;
}

const KEYS: readonly (readonly [string, string])[] = [
  ["Enter", "sends the message"],
  ["Shift + Enter", "begins another line, which is sent as another message"],
  ["Alt + ↑ or ↓", "goes to the conversation above or below"],
  ["Page up or down", "moves through the messages"],
  ["Esc", "closes what is open, and goes to the newest message"],
];

const COMMANDS: readonly (readonly [string, string])[] = [
  ["/me waves", "says what you do"],
  ["/msg NAME TEXT", "writes to one person"],
  ["/join ROOM, /leave", "enters or leaves a room"],
  ["/topic TEXT", "sets the topic of the room"],
  ["/nick NAME", "changes your nickname"],
  ["/help", "shows all commands of the server"],
];

function definitions(pairs: readonly (readonly [string, string])[]): string {
  const rows = pairs.map(([term, meaning]) =>
    `<div><dt><kbd>${term}</kbd></dt><dd>${meaning}</dd></div>`
  );
  return `<dl>${rows.join("")}</dl>`;
}

/** What is in the page's body before the script runs. */
export const MARKUP: string =
  `<svg class="symbols" aria-hidden="true">${SYMBOLS}</svg>
<p id="announcer" class="sr" role="status" aria-live="polite"></p>
<noscript><p class="noscript">This chat needs JavaScript.</p></noscript>

<main id="entrance" class="entrance">
<form id="enter-form" class="card">
<span class="logo">${icon("chat")}</span>
<h1>Join the chat</h1>
<p class="muted">Choose the name that the others will see.</p>
<label for="enter-nickname">Nickname</label>
<input id="enter-nickname" dir="auto" autocomplete="nickname" autocapitalize="none" spellcheck="false" aria-describedby="enter-error">
<p id="enter-error" class="error" role="alert"></p>
<button class="primary">Join</button>
<p id="enter-status" class="muted" role="status"></p>
</form>
</main>

<div id="app" class="app" hidden>
<nav id="sidebar" class="sidebar drawer" aria-label="Conversations">
<div class="sidebar-head">
<span class="logo">${icon("chat")}</span>
<span id="server-name" class="server-name">Chat</span>
${iconButton("open-help", "help", "Help")}
<button type="button" class="round only-drawer" data-close-drawer aria-label="Close">${
    icon("close")
  }</button>
</div>
<div class="scroller">
<div class="list-head">
<h2 id="rooms-heading">Rooms</h2>
${iconButton("open-join", "plus", "Join a room")}
</div>
<ul id="rooms" class="list" aria-labelledby="rooms-heading"></ul>
<div class="list-head"><h2 id="privates-heading">Private</h2></div>
<p id="no-privates" class="empty-list">Choose someone from the people in a room to write to them alone.</p>
<ul id="privates" class="list" aria-labelledby="privates-heading"></ul>
</div>
<div class="me">
<span id="me-avatar"></span>
<span class="label"><bdi id="me-name"></bdi><span id="me-status" class="muted"></span></span>
${iconButton("open-rename", "edit", "Change your nickname")}
${iconButton("quit", "leave", "Leave the chat")}
</div>
</nav>

<main class="conversation">
<header class="head">
<button type="button" class="round only-narrow" id="open-menu" aria-label="Conversations">${
    icon("menu")
  }<span id="menu-dot" class="dot" hidden></span></button>
<div class="head-text">
<h1 id="title" dir="auto"></h1>
<div class="topic-line"><p id="topic" class="topic" dir="auto"></p>${
    iconButton("edit-topic", "edit", "Change the topic")
  }</div>
</div>
<button type="button" class="round wide only-without-people" id="open-people" aria-label="People in this room" title="People in this room">${
    icon("people")
  }<span id="people-count"></span></button>
${iconButton("close-conversation", "close", "Leave this room")}
</header>
<div id="status-bar" class="bar" hidden><span class="spinner" aria-hidden="true"></span><span id="status-text"></span><button type="button" id="retry" class="link">Try now</button></div>
<div id="notice-bar" class="bar notice-bar" hidden><span id="notice-text" dir="auto"></span><button type="button" id="close-notice" class="round" aria-label="Close the notice">${
    icon("close")
  }</button></div>
<div class="log-box">
<div id="log" class="log" role="log" aria-live="off" tabindex="0">
<button type="button" id="earlier" class="link" hidden>Show earlier messages</button>
<div id="nothing" class="nothing" hidden><span class="logo">${
    icon("chat")
  }</span><p id="nothing-text"></p></div>
<ol id="rows" class="rows"></ol>
</div>
<button type="button" id="jump" class="jump" hidden>${
    icon("down")
  }<span id="jump-text">To the end</span></button>
</div>
<form id="composer" class="composer">
<div class="composer-box">
<textarea id="message" rows="1" dir="auto" enterkeyhint="send" aria-describedby="composer-error counter"></textarea>
<button class="send" aria-label="Send" title="Send">${icon("send")}</button>
</div>
<p class="composer-foot"><span id="composer-error" class="error" role="alert"></span><span id="counter"></span></p>
</form>
</main>

<aside id="people" class="people drawer" aria-labelledby="people-title">
<div class="list-head">
<h2 id="people-title">People</h2>
<button type="button" class="round only-drawer" data-close-drawer aria-label="Close">${
    icon("close")
  }</button>
</div>
<ul id="people-list" class="list scroller" aria-labelledby="people-title"></ul>
</aside>
<div id="scrim" class="scrim" hidden></div>
</div>

${
    dialog(
      "join",
      "Rooms",
      `<ul id="room-list" class="list scroller" aria-label="Rooms of the server"></ul>
${
        textForm("join", {
          id: "join-room",
          label: "Another room, new or known",
          button: "Join",
        })
      }`,
    )
  }
${
    dialog(
      "rename",
      "Change your nickname",
      textForm("rename", {
        id: "rename-nickname",
        label: "Nickname",
        button: "Change",
      }),
    )
  }
${
    dialog(
      "topic",
      "Topic of the room",
      textForm("topic", { id: "topic-text", label: "Topic", button: "Set" }),
    )
  }
${
    dialog(
      "help",
      "Help",
      `<h3>Keys</h3>${definitions(KEYS)}<h3>Commands</h3>${
        definitions(COMMANDS)
      }`,
    )
  }`;
