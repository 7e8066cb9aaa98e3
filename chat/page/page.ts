import base from "./base.css" with { type: "text" };
import command from "./command.js" with { type: "text" };
import composer from "./composer.js" with { type: "text" };
import connection from "./connection.js" with { type: "text" };
import dialogs from "./dialogs.js" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import layout from "./layout.css" with { type: "text" };
import main from "./main.js" with { type: "text" };
import media from "./media.css" with { type: "text" };
import messages from "./messages.css" with { type: "text" };
import outbox from "./outbox.js" with { type: "text" };
import rows from "./rows.js" with { type: "text" };
import session from "./session.js" with { type: "text" };
import store from "./store.js" with { type: "text" };
import text from "./text.js" with { type: "text" };
import view from "./view.js" with { type: "text" };
import words from "./words.js" with { type: "text" };

/** A file of the page, as it is served. */
export interface PageFile {
  readonly body: string;
  readonly contentType: string;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Allows files and WebSockets of the page's own origin, and nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SCRIPTS = {
  command,
  composer,
  connection,
  dialogs,
  main,
  outbox,
  rows,
  session,
  store,
  text,
  view,
  words,
};

const STYLES = { base, layout, media, messages };

/**
 * The web page of the chat and its files, by their paths on the server. The page
 * connects to the path `/chat` of the origin that it came from.
 */
export function pageFiles(): Record<string, PageFile> {
  const files: Record<string, PageFile> = {
    "/": {
      body: index,
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": CONTENT_SECURITY_POLICY },
    },
    "/page/icon.svg": { body: icon, contentType: "image/svg+xml" },
  };
  for (const [name, body] of Object.entries(SCRIPTS)) {
    const contentType = "text/javascript; charset=utf-8";
    files[`/page/${name}.js`] = { body, contentType };
  }
  for (const [name, body] of Object.entries(STYLES)) {
    const contentType = "text/css; charset=utf-8";
    files[`/page/${name}.css`] = { body, contentType };
  }
  return files;
}
