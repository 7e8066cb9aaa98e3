import { MARKUP } from "./markup.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** The web page, and what a browser must be told to let it do. */
export interface ChatPage {
  /** One document, which loads nothing else. */
  readonly html: string;
  /** The value of the header `Content-Security-Policy`. */
  readonly contentSecurityPolicy: string;
}

/**
 * Makes the web page of the chat, which talks with the path `/chat` of the host
 * and port that it came from.
 *
 * Its policy allows the one script and the one style that are in it, by their
 * hashes, a WebSocket to its own origin, and icons that are data. Text can't
 * become markup or code: the browser refuses all ways to do that.
 */
export async function chatPage(): Promise<ChatPage> {
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f4f5f8" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#12141a" media="(prefers-color-scheme: dark)">
<title>Chat</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
${MARKUP}
<script>${SCRIPT}</script>
</body>
</html>
`;
  return { html, contentSecurityPolicy: await makePolicy() };
}

/** A bubble with three dots. */
const ICON = `data:image/svg+xml,${
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
      '<path d="M7 4h18a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H14l-7 6v-6a5 5 0 0 1-5-5V9a5 5 0 0 1 5-5z" fill="#3b62d6"/>' +
      '<g fill="#fff"><circle cx="10" cy="14" r="2"/><circle cx="16" cy="14" r="2"/><circle cx="22" cy="14" r="2"/></g>' +
      "</svg>",
  )
}`;

async function makePolicy(): Promise<string> {
  return [
    "default-src 'none'",
    `script-src '${await hashOf(SCRIPT)}'`,
    `style-src '${await hashOf(STYLE)}'`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** As CSP has it (CSP Level 3, section 2.3.1). */
async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${new Uint8Array(hash).toBase64()}`;
}
