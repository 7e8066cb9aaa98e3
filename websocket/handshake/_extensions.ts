import { isBlank, isToken } from "./_http_syntax.ts";

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

/**
 * Reads the value of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1), several
 * fields joined by commas. Values may be quoted; unquoted, they still have to
 * be tokens. The time is in proportion to the length, and nothing is thrown.
 *
 * @param value The value of the header field.
 * @returns The extensions in order, or `undefined` if the value is malformed or
 * names none.
 */
export function parseExtensions(value: string): Extension[] | undefined {
  const scanner = new Scanner(value);
  const extensions: Extension[] = [];
  for (;;) {
    // Empty elements of a list are to be ignored (RFC 9110 section 5.6.1.2).
    while (scanner.accept(",")) { /* on to the next */ }
    if (scanner.atEnd) return extensions.length > 0 ? extensions : undefined;
    const extension = readExtension(scanner);
    if (extension === undefined) return undefined;
    extensions.push(extension);
    if (!scanner.atEnd && !scanner.accept(",")) return undefined;
  }
}

/** Writes extensions as the value of `Sec-WebSocket-Extensions`. */
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

function readExtension(scanner: Scanner): Extension | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  const params: ExtensionParam[] = [];
  while (scanner.accept(";")) {
    const param = readParam(scanner);
    if (param === undefined) return undefined;
    params.push(param);
  }
  return { name, params };
}

function readParam(scanner: Scanner): ExtensionParam | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  if (!scanner.accept("=")) return { name, value: undefined };
  const value = scanner.accept('"') ? scanner.quotedRest() : scanner.token();
  if (value === undefined || !isToken(value)) return undefined;
  return { name, value };
}

/** A place in a header value that only moves forward. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipBlanks();
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Goes past a character, and blanks behind it, if it is there. */
  accept(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    // Inside of quotes, blanks count.
    if (character !== '"') this.#skipBlanks();
    return true;
  }

  /** Reads a token and the blanks behind it. */
  token(): string | undefined {
    const start = this.#at;
    while (!this.atEnd && isToken(this.#text[this.#at])) this.#at++;
    if (this.#at === start) return undefined;
    const token = this.#text.slice(start, this.#at);
    this.#skipBlanks();
    return token;
  }

  /** Reads a quoted string from behind its first quote. */
  quotedRest(): string | undefined {
    let value = "";
    while (!this.atEnd) {
      let character = this.#text[this.#at++];
      if (character === '"') {
        this.#skipBlanks();
        return value;
      }
      if (character === "\\") {
        if (this.atEnd) return undefined;
        character = this.#text[this.#at++];
      }
      value += character;
    }
    return undefined;
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
