import { decodeStrict } from "../../../internal/bytes/decode_text.ts";
import { encodeLatin1 } from "../../../internal/http/http_syntax.ts";
import { isMarked } from "../../room/names/_marked_name.ts";
import { parseNickname } from "../../room/names/nickname.ts";

/** The user that a trusted proxy has told. */
export type SignIn =
  | { readonly nickname: string; readonly refused?: undefined }
  | {
    /** The name, which is no nickname. */
    readonly refused: string;
    readonly nickname?: undefined;
  };

/** The name of a header field (RFC 9110 section 5.6.2). */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Fields that are not for the name of a user: every client or proxy sets them. */
const OTHER_FIELDS = [
  ...["authorization", "connection", "cookie", "forwarded", "host", "origin"],
  ...["upgrade", "user-agent", "x-forwarded-for", "x-forwarded-host"],
  ...["x-forwarded-proto"],
];

/**
 * Reads the name of a user from the header field of a proxy that has signed the
 * user in.
 *
 * @param headers The fields of the request.
 * @param field The name of the field.
 * @param isProxied Whether the request has come from a trusted proxy: the field of
 * any other sender is ignored.
 * @returns `undefined` if nobody is signed in.
 */
export function readSignIn(
  headers: Headers,
  field: string,
  isProxied: boolean,
): SignIn | undefined {
  // A field that was sent twice has a comma and a space, and is no nickname.
  const value = isProxied ? headers.get(field)?.trim() ?? "" : "";
  if (value === "") return undefined;
  const name = decode(value);
  const nickname = parseNickname(name);
  // The mark is for those who are not signed in.
  return typeof nickname === "string" || isMarked(nickname.text)
    ? { refused: name }
    : { nickname: nickname.text };
}

/**
 * Checks the name of a header field for the names of users.
 *
 * @throws {SyntaxError} If it can't be one.
 */
export function checkUserHeader(value: unknown, name: string): void {
  const isField = typeof value === "string" && FIELD_NAME.test(value);
  if (isField && !OTHER_FIELDS.includes(value.toLowerCase())) return;
  throw new SyntaxError(
    `Cannot use ${name} "${value}": expected a header field for the user's name, such as "X-Forwarded-User"`,
  );
}

/** Decodes UTF-8, of which a field has one character per byte. */
function decode(value: string): string {
  const bytes = encodeLatin1(value);
  return decodeStrict(bytes, 0, bytes.length) ?? value;
}
