import { stripTypeScriptTypes } from "node:module";
import chatLink from "../client/core/_chat_link.ts" with { type: "text" };
import chatSession from "../client/core/_chat_session.ts" with { type: "text" };
import pendingRequest from "../client/core/_pending_request.ts" with {
  type: "text",
};
import sendPace from "../client/core/_send_pace.ts" with { type: "text" };
import typedCommand from "../client/core/_typed_command.ts" with {
  type: "text",
};
import schema from "../protocol/_schema.ts" with { type: "text" };
import serverMessages from "../protocol/_server_messages.ts" with {
  type: "text",
};
import cleanText from "../room/text/_clean_text.ts" with { type: "text" };
import base from "./base.css" with { type: "text" };
import command from "./command.js" with { type: "text" };
import composer from "./composer.js" with { type: "text" };
import dialogs from "./dialogs.js" with { type: "text" };
import elements from "./elements.js" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import layout from "./layout.css" with { type: "text" };
import main from "./main.js" with { type: "text" };
import media from "./media.css" with { type: "text" };
import messages from "./messages.css" with { type: "text" };
import rowList from "./row_list.js" with { type: "text" };
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

/** What browsers are told of a file, by the end of its name. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  // Served as JavaScript, see below.
  ts: "text/javascript; charset=utf-8",
};

/** The files that the page loads, by their paths in the folder `chat`. */
const FILES: Readonly<Record<string, string>> = {
  "client/core/_chat_link.ts": chatLink,
  "client/core/_chat_session.ts": chatSession,
  "client/core/_pending_request.ts": pendingRequest,
  "client/core/_send_pace.ts": sendPace,
  "client/core/_typed_command.ts": typedCommand,
  "page/base.css": base,
  "page/command.js": command,
  "page/composer.js": composer,
  "page/dialogs.js": dialogs,
  "page/elements.js": elements,
  "page/icon.svg": icon,
  "page/layout.css": layout,
  "page/main.js": main,
  "page/media.css": media,
  "page/messages.css": messages,
  "page/row_list.js": rowList,
  "page/rows.js": rows,
  "page/session.js": session,
  "page/store.js": store,
  "page/text.js": text,
  "page/view.js": view,
  "page/words.js": words,
  "protocol/_schema.ts": schema,
  "protocol/_server_messages.ts": serverMessages,
  "room/text/_clean_text.ts": cleanText,
};

/**
 * The web page of the chat and its files, by their paths on the server. The page
 * connects to the path `/chat` of the origin that it came from.
 *
 * The modules that it shares with {@linkcode ChatClient} are in TypeScript. Their
 * types are erased here, when the server starts, rather than by a build: so there
 * is no bundle that could differ from its sources, and a browser runs the lines
 * that the tests run.
 */
export function pageFiles(): Record<string, PageFile> {
  const files: Record<string, PageFile> = {
    "/": {
      body: index,
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": CONTENT_SECURITY_POLICY },
    },
  };
  for (const [path, source] of Object.entries(FILES)) {
    const extension = path.slice(path.lastIndexOf(".") + 1);
    const body = extension === "ts" ? stripTypeScriptTypes(source) : source;
    const contentType = CONTENT_TYPES[extension] ?? "";
    files[`/${path}`] = { body, contentType };
  }
  return files;
}
