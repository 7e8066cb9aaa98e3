import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import base from "./styles/base.css" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import layout from "./styles/layout.css" with { type: "text" };
import media from "./styles/media.css" with { type: "text" };
import messages from "./styles/messages.css" with { type: "text" };
import { CATALOGS } from "../text/_catalogs.ts";
import { compactScript } from "./_compact_script.ts";
import { linkModules } from "./_link_modules.ts";
import * as MODULES from "./_modules.ts";

/** A file of the page, as it is served. */
export interface PageFile {
  readonly body: string;
  readonly contentType: string;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The style sheets, in the order in which they override each other. */
const STYLES = [base, layout, messages, media];

/** The texts of other front ends, and of their own events. */
const FOREIGN_TEXTS = new RegExp(
  [
    /^(?:line|term)\./,
    /^(?:invitation|link)$|^notice\.(?:was|syntax)-/,
    /^error\.(?:invalid-(?:utf8|member)|not-(?:text|json)|un(?:known-type|supp|exp))/,
    /^cause\.(?:no-nickname|wrong-protocol|full|too-many)/,
  ].map(({ source }) => source).join("|"),
);

/** The texts that servers send in English, but for those of typed commands. */
const SERVER_TEXTS =
  /^(?:error\.(?!\w+-command$)|goodbye|minutes\.|notice\.|warning$)/;

/** A character that no text has. */
const SEPARATOR = "|";

/**
 * The web page of the chat and its icon, by their paths on the server. The page
 * connects to the path `/chat` of the origin that it came from.
 *
 * The modules that the page shares with {@linkcode ChatClient} are in TypeScript.
 * Their types are erased here, when the server starts, rather than by a build: so
 * no bundle can differ from its sources. All scripts and styles become parts of one
 * document: a browser that needed many connections to load the page could exceed
 * the limit of its address.
 *
 * @param options Whether a proxy signs all users in, so that they have nicknames.
 */
export function pageFiles(
  { signsIn }: { readonly signsIn: boolean },
): Record<string, PageFile> {
  const style = compactStyle(STYLES.join(""));
  const modules = Object.entries({
    ...MODULES,
    "text/_catalogs.ts": pageCatalogs(),
  }).map(([path, source]) => [
    path,
    path.endsWith(".ts") ? stripTypeScriptTypes(source) : source,
  ]);
  const script = compactScript(
    linkModules("page/main.js", Object.fromEntries(modules)),
  );
  const body = index.replaceAll(/^ +|\n(?=\s*\n)/gm, "")
    .replace(/<link rel="stylesheet"[^>]*>\s*/g, "")
    .replace("<body>", signsIn ? "<body data-signed-in>" : "<body>")
    .replace(
      /<script [^>]*><\/script>/,
      () => `<style>${style}</style>\n<script type="module">${script}</script>`,
    );
  return {
    "/": {
      body,
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": makePolicy(style, script) },
    },
    "/page/icon.svg": { body: icon, contentType: "image/svg+xml" },
  };
}

/**
 * Removes comments, and the white space that means nothing, and shortens the names
 * of custom properties, but for the one that scripts set.
 */
function compactStyle(source: string): string {
  const names = new Map<string, string>();
  const shorten = (name: string) => {
    const short = names.get(name) ?? `--${names.size.toString(36)}`;
    names.set(name, short);
    return short;
  };
  return source.replaceAll(/--(?!hue\b)[a-z]+(?:-[a-z]+)*/g, shorten)
    .replaceAll(/\/\*[^]*?\*\//g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};,>]) ?|(?<=:) /g, "$1")
    .replaceAll(";}", "}")
    .trim();
}

/**
 * The catalogues without the texts that the page does not need. They share a list
 * of keys, of which the last are in some of them only.
 */
function pageCatalogs(): string {
  const catalogs = Object.entries(CATALOGS).map(([language, catalog]) =>
    [
      language,
      new Map(
        Object.entries(catalog).filter(([key]) =>
          !FOREIGN_TEXTS.test(key) &&
          !(language === "en" && SERVER_TEXTS.test(key))
        ),
      ),
    ] as const
  ).sort(([, a], [, b]) => a.size - b.size);
  const keys = new Set(catalogs.flatMap(([, catalog]) => [...catalog.keys()]));
  const entries = catalogs.map(([language, catalog]) => {
    const values = [...keys].flatMap((key) => catalog.get(key) ?? []);
    return `${language}: zip(${joined(values)})`;
  });
  // Most of them begin in the same way.
  const list = joined([...keys]).replaceAll("page.", "~");
  return [
    `const KEYS = ${list}.replaceAll("~", "page.").split("${SEPARATOR}");`,
    "const zip = (values) => Object.fromEntries(",
    `  values.split("${SEPARATOR}").map((value, at) => [KEYS[at], value]),`,
    ");",
    `export const CATALOGS = { ${entries.join(", ")} };`,
  ].join("\n");
}

/** A string literal of all texts, which takes fewer characters than a list. */
function joined(texts: readonly string[]): string {
  const wrong = texts.find((text) => text.includes(SEPARATOR));
  if (wrong === undefined) return JSON.stringify(texts.join(SEPARATOR));
  throw new Error(`Cannot send "${wrong}": expected no "${SEPARATOR}"`);
}

/** Allows this style and script alone, and WebSockets to the page's own origin. */
function makePolicy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** A hash source (CSP Level 3, section 2.3.1). */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
