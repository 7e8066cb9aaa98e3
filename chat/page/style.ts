/**
 * The page's style sheet: one column on phones, with drawers; conversations
 * beside it from 768 px, people from 1,100 px.
 *
 * The colours of names differ in hue alone, at a lightness that has a contrast
 * of 4.5 or more on all backgrounds here.
 */
export const STYLE: string = String.raw`
:root {
  color-scheme: light dark;
  --back: light-dark(#f4f5f8, #12141a);
  --panel: light-dark(#ffffff, #1a1d25);
  --raised: light-dark(#ffffff, #242832);
  --line: light-dark(#e0e3ea, #2b303b);
  --strong-line: light-dark(#868da0, #6d7588);
  --text: light-dark(#1b1f2a, #e8eaf0);
  --muted: light-dark(#596075, #a0a8ba);
  --accent: light-dark(#3457c4, #9db4ff);
  --on-accent: light-dark(#ffffff, #10162b);
  --own: light-dark(#dfe7ff, #2c3a66);
  --own-muted: light-dark(#4d5677, #b6c0de);
  --hover: light-dark(#eceef4, #242833);
  --chosen: light-dark(#e3e9fb, #29324d);
  --alarm: light-dark(#b3261e, #ffb4ab);
  --alarm-back: light-dark(#fdeceb, #3c2224);
  --warn-back: light-dark(#fff4d6, #3a321c);
  --here: light-dark(#1f8a4c, #5fd08d);
  --radius: 14px;
  --gap: 12px;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body {
  background: var(--back);
  color: var(--text);
  overflow: hidden;
  overscroll-behavior: none;
  -webkit-tap-highlight-color: transparent;
  -webkit-text-size-adjust: 100%;
}
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
h1, h2 { font-size: 1rem; font-weight: 650; }
ul, ol { list-style: none; }
button, input, textarea { font: inherit; color: inherit; }
button {
  background: none;
  border: 0;
  border-radius: 10px;
  cursor: pointer;
  padding: 0;
}
button:disabled { cursor: default; opacity: 0.6; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.sr {
  clip-path: inset(50%);
  height: 1px;
  overflow: hidden;
  position: absolute;
  white-space: pre;
  width: 1px;
}
.symbols { display: none; }
.icon {
  display: block;
  fill: none;
  height: 20px;
  stroke: currentColor;
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.8;
  width: 20px;
}
.muted, .hint, .empty-list { color: var(--muted); font-size: 0.875rem; }
.error { color: var(--alarm); font-size: 0.875rem; }
.error:empty { display: none; }
.noscript { padding: 24px; }
.row { display: flex; gap: 8px; }
.label { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.label small { color: var(--muted); display: block; font-size: 0.8125rem; overflow: hidden; text-overflow: ellipsis; }
.round {
  align-items: center;
  color: var(--muted);
  display: inline-flex;
  flex: none;
  height: 40px;
  justify-content: center;
  min-width: 40px;
  position: relative;
}
.round.wide { gap: 6px; padding: 0 10px; }
.primary {
  background: var(--accent);
  color: var(--on-accent);
  font-weight: 600;
  min-height: 44px;
  padding: 0 20px;
}
.link { white-space: nowrap; color: var(--accent); min-height: 24px; padding: 0 4px; text-decoration: underline; text-underline-offset: 2px; }
input, textarea {
  background: var(--panel);
  border: 1px solid var(--strong-line);
  border-radius: 10px;
  min-width: 0;
  padding: 10px 12px;
  width: 100%;
}
input:focus, textarea:focus { border-color: var(--accent); outline: 1px solid var(--accent); outline-offset: 0; }
.logo {
  align-items: center;
  background: var(--accent);
  border-radius: 12px;
  color: var(--on-accent);
  display: inline-flex;
  flex: none;
  height: 36px;
  justify-content: center;
  width: 36px;
}

.entrance {
  align-items: center;
  display: flex;
  height: 100dvh;
  justify-content: center;
  overflow: auto;
  padding: 16px;
}
.card {
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 20px;
  display: flex;
  flex-direction: column;
  margin: auto;
  max-width: 380px;
  padding: 32px 28px;
  width: 100%;
}
.card .logo { border-radius: 16px; height: 52px; margin-bottom: 20px; width: 52px; }
.card .logo .icon { height: 28px; width: 28px; }
.card h1 { font-size: 1.5rem; letter-spacing: -0.01em; }
.card label { font-size: 0.875rem; font-weight: 600; margin: 24px 0 6px; }
.card .error { margin-top: 8px; }
.card .primary { margin-top: 16px; }
#enter-status:not(:empty) { margin-top: 12px; text-align: center; }

.app {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  height: 100dvh;
  overflow: clip;
  position: relative;
}
.drawer {
  background: var(--panel);
  display: flex;
  flex-direction: column;
  inset-block: 0;
  max-width: 320px;
  min-height: 0;
  padding-bottom: env(safe-area-inset-bottom);
  padding-top: env(safe-area-inset-top);
  position: absolute;
  visibility: hidden;
  width: 84%;
  z-index: 3;
}
.drawer.open { transform: none; transition: transform 0.2s; visibility: visible; }
.sidebar { border-right: 1px solid var(--line); left: 0; transform: translateX(-100%); }
.people { border-left: 1px solid var(--line); right: 0; transform: translateX(100%); }
.scrim { background: rgb(0 0 0 / 0.45); inset: 0; position: absolute; z-index: 2; }
.scroller { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; }
.sidebar-head, .head, .people > .list-head {
  align-items: center;
  border-bottom: 1px solid var(--line);
  display: flex;
  flex: none;
  gap: 10px;
  min-height: 64px;
  padding: 8px 12px;
}
.server-name { flex: 1; font-weight: 650; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list-head { align-items: center; display: flex; justify-content: space-between; padding: 12px 12px 2px 20px; }
.sidebar .list-head { min-height: 46px; }
.people > .list-head { padding: 8px 12px 8px 20px; }
.list-head h2 { color: var(--muted); font-size: 0.8125rem; }
.empty-list { padding: 4px 20px; }
.list { padding: 4px 8px 8px; }
.entry {
  align-items: center;
  display: flex;
  gap: 10px;
  min-height: 44px;
  padding: 4px 12px;
  text-align: start;
  width: 100%;
}
.entry:focus-visible { outline-offset: -2px; }
.entry[aria-current] { background: var(--chosen); font-weight: 600; }
.entry.unread { font-weight: 650; }
.hash { color: var(--muted); flex: none; text-align: center; width: 28px; }
.badge {
  background: var(--muted);
  border-radius: 99px;
  color: var(--panel);
  flex: none;
  font-size: 0.75rem;
  font-weight: 650;
  min-width: 22px;
  padding: 2px 7px;
  position: relative;
  text-align: center;
}
.badge.mention { background: var(--accent); color: var(--on-accent); }
.badge.alarm { background: var(--alarm); color: var(--panel); }
.avatar {
  align-items: center;
  background: light-dark(oklch(0.91 0.055 var(--hue)), oklch(0.36 0.06 var(--hue)));
  border-radius: 50%;
  color: light-dark(oklch(0.47 0.12 var(--hue)), oklch(0.82 0.1 var(--hue)));
  display: inline-flex;
  flex: none;
  font-size: 0.8125rem;
  font-weight: 650;
  height: 28px;
  justify-content: center;
  overflow: hidden;
  width: 28px;
}
.name { color: light-dark(oklch(0.47 0.12 var(--hue)), oklch(0.82 0.1 var(--hue))); font-weight: 650; overflow-wrap: anywhere; }
.presence { display: inline-flex; flex: none; position: relative; }
.presence::after {
  background: var(--panel);
  border: 2px solid var(--strong-line);
  border-radius: 50%;
  bottom: -2px;
  box-shadow: 0 0 0 2px var(--panel);
  content: "";
  height: 9px;
  position: absolute;
  right: -2px;
  width: 9px;
}
.presence.here::after { background: var(--here); border-color: var(--here); }
.me { align-items: center; border-top: 1px solid var(--line); display: flex; flex: none; gap: 4px; padding: 10px 8px 10px 16px; }
.me .avatar { height: 36px; margin-right: 8px; width: 36px; }
.me .label { display: flex; flex-direction: column; line-height: 1.3; }
#me-name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; }
#me-status { font-size: 0.8125rem; }

.conversation { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
.head { background: var(--panel); gap: 4px; padding-top: calc(8px + env(safe-area-inset-top)); }
.head-text { flex: 1; min-width: 0; padding-left: 8px; }
.head h1 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.topic-line { align-items: center; display: flex; gap: 2px; min-height: 24px; }
.topic { color: var(--muted); font-size: 0.875rem; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.topic-line .round { height: 24px; min-width: 28px; }
.topic-line .icon { height: 14px; width: 14px; }
.dot { background: var(--accent); border: 2px solid var(--panel); border-radius: 50%; height: 12px; position: absolute; right: 6px; top: 6px; width: 12px; }
.bar {
  align-items: center;
  background: var(--warn-back);
  border-bottom: 1px solid var(--line);
  display: flex;
  font-size: 0.875rem;
  gap: 10px;
  min-height: 40px;
  overflow-wrap: anywhere;
  padding: 4px 16px;
}
.notice-bar { background: var(--chosen); }
.notice-bar span { flex: 1; }
.spinner {
  animation: spin 0.9s linear infinite;
  border: 2px solid var(--muted);
  border-radius: 50%;
  border-top-color: transparent;
  flex: none;
  height: 14px;
  width: 14px;
}
[data-status="stopped"] .spinner { display: none; }
@keyframes spin { to { transform: rotate(1turn); } }

.log-box { display: flex; flex: 1; min-height: 0; position: relative; }
.log {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-width: 0;
  overflow-anchor: none;
  overflow-y: auto;
  overscroll-behavior: contain;
  padding: 16px;
}
.log:focus-visible { outline-offset: -3px; }
#earlier { align-self: center; flex: none; font-size: 0.875rem; margin-bottom: 8px; }
.rows { margin: auto auto 0; max-width: 820px; width: 100%; }
.nothing { align-items: center; color: var(--muted); display: flex; flex-direction: column; gap: 14px; margin: auto; max-width: 320px; text-align: center; text-wrap: balance; }
.nothing .logo { background: var(--chosen); border-radius: 18px; color: var(--accent); height: 56px; width: 56px; }
.nothing .icon { height: 28px; width: 28px; }
.divider { align-items: center; color: var(--muted); display: flex; font-size: 0.8125rem; gap: 12px; margin: 20px 0 12px; }
.divider::before, .divider::after { border-top: 1px solid var(--line); content: ""; flex: 1; }
.divider:first-child { margin-top: 0; }
.marker { color: var(--accent); font-weight: 650; }
.marker::before, .marker::after { border-color: currentColor; opacity: 0.5; }
.message {
  display: flex;
  margin-top: 3px;
  padding-left: 38px;
  position: relative;
}
.message.first { margin-top: 12px; }
.message > .avatar { left: 0; position: absolute; top: 2px; }
.bubble {
  background: var(--raised);
  border: 1px solid var(--line);
  border-radius: 6px var(--radius) var(--radius) 6px;
  max-width: min(100%, 620px);
  min-width: 0;
  overflow-wrap: anywhere;
  padding: 7px 12px;
  position: relative;
}
.first .bubble { border-top-left-radius: var(--radius); }
.author { display: block; font-size: 0.875rem; line-height: 1.3; margin-bottom: 1px; }
.author small { color: var(--muted); }
.text { white-space: pre-wrap; }
.text[dir="auto"] { unicode-bidi: plaintext; }
.text a { color: var(--accent); text-underline-offset: 2px; unicode-bidi: isolate; }
time { color: var(--muted); float: right; font-size: 0.75rem; font-variant-numeric: tabular-nums; line-height: 1.2; margin: 0.5em 0 0 12px; white-space: nowrap; }
.bubble::after { clear: both; content: ""; display: block; }
.own { justify-content: flex-end; padding-left: 48px; }
.own .bubble { background: var(--own); border-color: transparent; border-radius: var(--radius) 6px 6px var(--radius); }
.own.first .bubble { border-radius: var(--radius) var(--radius) 6px var(--radius); }
.own time, .own .state { color: var(--own-muted); }
.mention .bubble { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent); }
.action .bubble { background: none; border-color: transparent; font-style: italic; padding-left: 0; }
.action:not(.own) .bubble::before { content: "\2217\a0"; color: var(--muted); }
.action.own { justify-content: flex-start; padding-left: 38px; }
.action.own .bubble::before { content: "\2217\a0"; color: var(--muted); }
.action .author { display: inline; font-size: inherit; }
.pending .bubble { opacity: 0.85; }
.pending.stuck .bubble { background: var(--alarm-back); opacity: 1; }
.pending .state { display: block; font-size: 0.8125rem; }
.stuck .state { color: var(--alarm); }
.notice { color: var(--muted); font-size: 0.875rem; margin: 8px auto 0; max-width: 100%; overflow-wrap: anywhere; text-align: center; }
.notice .name { font-weight: 600; }
.notice time { float: none; margin: 0 0 0 4px; }
.notice.error, .notice.warning { background: var(--alarm-back); border-radius: 10px; color: var(--alarm); padding: 6px 12px; }
.notice.error time, .notice.warning time { color: inherit; }
.notice.help { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; color: var(--text); padding: 10px 14px; text-align: start; }
.notice.help .command { align-items: baseline; display: grid; gap: 12px; grid-template-columns: 11em 1fr; padding: 3px 0; }
.notice.help time { margin: 0; }
.jump {
  align-items: center;
  background: var(--panel);
  border: 1px solid var(--strong-line);
  border-radius: 99px;
  bottom: 12px;
  box-shadow: 0 4px 14px rgb(0 0 0 / 0.18);
  display: flex;
  font-size: 0.875rem;
  gap: 6px;
  left: 50%;
  min-height: 40px;
  padding: 0 16px 0 12px;
  position: absolute;
  transform: translateX(-50%);
}
.jump.news { background: var(--accent); border-color: transparent; color: var(--on-accent); }

.composer { background: var(--panel); border-top: 1px solid var(--line); flex: none; padding: 12px 16px calc(10px + env(safe-area-inset-bottom)); }
.composer-box { align-items: flex-end; display: flex; gap: 8px; margin: 0 auto; max-width: 820px; }
.composer textarea { background: var(--back); border-radius: 22px; display: block; line-height: 1.4; max-height: 9.5em; overflow-y: auto; padding: 10px 18px; resize: none; }
.composer textarea::placeholder { color: var(--muted); opacity: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.send { align-items: center; background: var(--accent); border-radius: 50%; color: var(--on-accent); display: flex; flex: none; height: 44px; justify-content: center; width: 44px; }
.composer-foot { color: var(--muted); display: flex; font-size: 0.8125rem; gap: 12px; justify-content: space-between; margin: 0 auto; max-width: 820px; padding: 0 18px; }
#counter { margin-left: auto; }
#counter.over { color: var(--alarm); }

dialog {
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 18px;
  color: var(--text);
  flex-direction: column;
  max-height: min(640px, calc(100dvh - 32px));
  max-width: 440px;
  padding: 0;
  width: calc(100% - 32px);
}
dialog[open] { display: flex; }
dialog::backdrop { background: rgb(0 0 0 / 0.45); }
dialog > .list { max-height: 340px; }
dialog dl { overflow-y: auto; padding: 0 20px 12px; }
dialog h3 { color: var(--muted); font-size: 0.8125rem; padding: 12px 20px 4px; }
dialog dl div { display: grid; gap: 12px; grid-template-columns: 11em 1fr; padding: 5px 0; font-size: 0.875rem; }
#help-dialog { overflow-y: auto; }
#help-dialog dl { overflow: visible; }
kbd { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.8125rem; }
.dialog-head { align-items: center; display: flex; flex: none; justify-content: space-between; padding: 12px 12px 4px 20px; }
.text-form { flex: none; padding: 8px 20px 20px; }
.text-form label { display: block; font-size: 0.875rem; font-weight: 600; margin-bottom: 6px; }
.text-form .error { margin-top: 8px; }

@media (hover: hover) {
  .round:hover, .entry:hover { background: var(--hover); color: var(--text); }
  .entry[aria-current]:hover { background: var(--chosen); }
  .primary:hover, .send:hover { filter: brightness(1.08); }
}
@media (max-width: 480px) {
  dialog dl div, .notice.help .command { gap: 0; grid-template-columns: 1fr; }
}
@media (min-width: 768px) {
  .app { grid-template-columns: 272px minmax(0, 1fr); }
  .sidebar { max-width: none; position: static; transform: none; visibility: visible; width: auto; }
  .sidebar .only-drawer, .only-narrow { display: none; }
  .log { padding: 20px 24px; }
  .head, .composer { padding-left: 20px; padding-right: 20px; }
  .head-text { padding-left: 4px; }
}
@media (min-width: 1100px) {
  .app { grid-template-columns: 272px minmax(0, 1fr) 232px; }
  .app.without-people { grid-template-columns: 272px minmax(0, 1fr); }
  .people { max-width: none; position: static; transform: none; visibility: visible; width: auto; }
  .without-people .people { display: none; }
  .people .only-drawer, .only-without-people { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
  .spinner { border-top-color: var(--muted); }
}
@media (forced-colors: active) {
  .bubble, .entry[aria-current], .badge { border: 1px solid; }
}
`;
