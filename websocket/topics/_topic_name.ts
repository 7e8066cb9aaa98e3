import { typeOf } from "../../internal/check_options.ts";
import { utf8Length } from "../../internal/bytes/utf8_length.ts";

/** Throws if a topic can't have this name. */
export function checkTopicName(name: unknown, maxLength: number): void {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot use a topic of type ${typeOf(name)}: expected a string`,
    );
  }
  // Counting the bytes of a very long name would take time.
  const length = name.length > maxLength ? name.length : utf8Length(name);
  if (length === 0 || length > maxLength) {
    throw new RangeError(
      `Cannot use a topic of ${length} bytes: expected 1 to ${maxLength}`,
    );
  }
  if (name.isWellFormed()) return;
  throw new TypeError(
    "Cannot use a topic with a lone surrogate: expected Unicode text",
  );
}
