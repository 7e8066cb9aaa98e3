import { isToken } from "../../internal/http/http_syntax.ts";

/** A parameter of an extension; without a value it is a flag. */
export interface ExtensionParam {
  readonly name: string;
  readonly value: string | undefined;
}

/** One element of `Sec-WebSocket-Extensions`: an offer or an answer. */
export interface Extension {
  readonly name: string;
  /** In the order they were sent, repeated ones included. */
  readonly params: readonly ExtensionParam[];
}

/** A separator, and a name behind it, perhaps with a value, or nothing. */
const PART =
  /([,;])[ \t]*(?:([^\s,;="]+)[ \t]*(?:=[ \t]*(?:([^\s,;="]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?)?/y;

/**
 * Parses the value of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1), several
 * fields joined by commas. A quoted value must be a token too. The time is linear
 * in the length, and nothing is thrown.
 *
 * @param value The value of the header field.
 * @returns The extensions in order, or `undefined` if the value is malformed or
 * names none.
 */
export function parseExtensions(value: string): Extension[] | undefined {
  const extensions: Extension[] = [];
  let params: ExtensionParam[] | undefined;
  const list = `,${value}`;
  PART.lastIndex = 0;
  while (PART.lastIndex < list.length) {
    const match = PART.exec(list);
    if (match === null) return undefined;
    const [, separator, name, plain, quoted] = match;
    const text = plain ?? quoted?.replaceAll(/\\(.)/g, "$1");
    const isParam = separator === ";";
    if (name === undefined && !isParam) {
      // Empty elements of a list are ignored (RFC 9110 section 5.6.1.2).
      params = undefined;
      continue;
    }
    if (name === undefined || !isToken(name)) return undefined;
    if (text !== undefined && !(isParam && isToken(text))) return undefined;
    if (!isParam) extensions.push({ name, params: params = [] });
    else if (params === undefined) return undefined;
    else params.push({ name, value: text });
  }
  return extensions.length > 0 ? extensions : undefined;
}

/** Formats extensions as the value of `Sec-WebSocket-Extensions`. */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions.map(({ name, params }) =>
    [
      name,
      ...params.map(({ name, value }) =>
        value === undefined ? name : `${name}=${value}`
      ),
    ].join("; ")
  ).join(", ");
}
