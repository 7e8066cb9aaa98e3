import { encodeText } from "../bytes/encode_text.ts";

/** A user name and a password, in plain text. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The user name and password of a URL; `undefined` if it has neither. */
export function credentialsOf(url: URL): Credentials | undefined {
  if (url.username === "" && url.password === "") return undefined;
  return { username: decode(url.username), password: decode(url.password) };
}

/** Formats Basic credentials (RFC 7617), as the value of a header field. */
export function formatBasic({ username, password }: Credentials): string {
  return `Basic ${encodeText(`${username}:${password}`).toBase64()}`;
}

/** Decodes percent-encoding; invalid text stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
