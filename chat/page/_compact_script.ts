/** The tokens of a script, each with the white space and comments before it. */
const TOKEN =
  /((?:\s|\/\/.*|\/\*[^]*?\*\/)*)("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#?[\p{ID_Start}$_][\p{ID_Continue}$]*|\d[\w.]*|`|\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[^])/yu;

/** The part of a template up to its end, or to an expression. */
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;

const WORD = /^[#\p{ID_Start}$_\d]/u;

/** Behind these words, a slash begins a regular expression. */
const BEFORE_REGEXP = /^(?:return|typeof|case|in|of|[^\w$)\]}"'`#])$/;

/** Shorter words that mean the same in a script that is correct. */
const SHORTER: ReadonlyMap<string, string> = new Map([
  ["const", "let"],
  ["false", "!1"],
  ["true", "!0"],
  ["undefined", "void 0"],
]);

/** A statement may end before a line break behind these, and begin in front of these. */
const ENDS_STATEMENT = /^[\w$#"'`)\]}]|^\/./;
const BEGINS_STATEMENT = /^[\w$#"'`([{!/+-]/;

/**
 * Removes the comments of a script, the white space and the separators that mean
 * nothing, and shortens private names and some words. The script must be formatted: all statements
 * end with a semicolon or a brace.
 *
 * @throws {SyntaxError} If a string or a template has no end.
 */
export function compactScript(source: string): string {
  const parts: string[] = [];
  const privateNames = new Map<string, string>();
  /** How many braces are open in each template around. */
  const depths: number[] = [];
  let last = "";
  const take = (pattern: RegExp, at: number): RegExpExecArray => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match !== null) return match;
    const excerpt = JSON.stringify(source.slice(at, at + 40));
    throw new SyntaxError(`Cannot compact the script: ${excerpt}`);
  };
  const end = source.trimEnd().length;
  for (let at = 0; at < end;) {
    let [text, space = "", token = ""] = take(TOKEN, at);
    if (token.length > 1 && token.startsWith("/") && !startsRegExp(last)) {
      text = text.slice(0, text.length - token.length + 1);
      token = "/";
    }
    at += text.length;
    const depth = depths.at(-1);
    if (token === "{" && depth !== undefined) depths[depths.length - 1]++;
    const isTemplate = token === "`" || token === "}" && depth === 0;
    if (token === "}" && depth !== undefined) depths[depths.length - 1]--;
    if (token.startsWith("#")) token = shortName(token, privateNames);
    if (last !== ".") token = SHORTER.get(token) ?? token;
    if (isNeedless(last, token)) parts.pop();
    parts.push(gapBetween(last, token, space), token);
    last = token;
    if (!isTemplate) continue;
    if (token === "}") depths.pop();
    const [rest] = take(TEMPLATE, at);
    at += rest.length;
    parts.push(rest);
    if (rest.endsWith("{")) depths.push(0);
    last = rest.endsWith("{") ? "{" : "`";
  }
  return parts.join("");
}

/** Whether a separator means nothing in front of a token. */
function isNeedless(separator: string, next: string): boolean {
  return separator === "," && /^[)\]}]$/.test(next) ||
    separator === ";" && next === "}";
}

/** The short form of a private name. All classes share the names. */
function shortName(name: string, known: Map<string, string>): string {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const { size } = known;
  const first = Math.floor(size / 26);
  const short = known.get(name) ??
    `#${first === 0 ? "" : letters[first - 1]}${letters[size % 26]}`;
  known.set(name, short);
  return short;
}

function startsRegExp(last: string): boolean {
  return last === "" || BEFORE_REGEXP.test(last);
}

/** The white space that has to stay between two tokens. */
function gapBetween(last: string, next: string, space: string): string {
  if (last === "" || space === "") return "";
  const isLine = space.includes("\n") && ENDS_STATEMENT.test(last) &&
    BEGINS_STATEMENT.test(next);
  if (isLine) return "\n";
  const isJoined = WORD.test(last) && WORD.test(next) ||
    (last === next && /[+-]/.test(last));
  return isJoined ? " " : "";
}
