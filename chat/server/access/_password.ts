import {
  createHmac,
  randomBytes,
  scrypt,
  scryptSync,
  timingSafeEqual,
} from "node:crypto";

/** The cost of a hash: 32 MiB, and about a tenth of a second of a processor. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

const HASH_LENGTH = 32;
const SALT_LENGTH = 16;

/** The fewest characters, and the most bytes, of a password. */
const MIN_LENGTH = 8;
const MAX_BYTES = 1024;

const ENCODER = new TextEncoder();

/**
 * A password that several users share, kept as a hash by scrypt (RFC 7914). Once
 * somebody has given the right one, its HMAC under a random key of this process is
 * kept too: then an answer takes microseconds, so that a team that comes back at
 * once does not need minutes of a processor, and guesses cost nothing.
 */
export class Password {
  readonly #salt = randomBytes(SALT_LENGTH);
  readonly #hash: Uint8Array;
  readonly #key = randomBytes(HASH_LENGTH);
  /** The HMAC of the right password, once somebody has given it. */
  #mac: Uint8Array | undefined;

  /** @param text A text that {@linkcode checkPassword} accepts. */
  constructor(text: string) {
    this.#hash = scryptSync(toBytes(text), this.#salt, HASH_LENGTH, COST);
  }

  /**
   * Whether a text is the password, as far as that is known without a hash by
   * scrypt; `undefined` if it is not.
   */
  recall(text: string): boolean | undefined {
    const bytes = toBytes(text);
    if (bytes.length > MAX_BYTES) return false;
    return this.#mac && timingSafeEqual(this.#macOf(bytes), this.#mac);
  }

  /** Whether a text is the password: off the event loop, in a thread. */
  async verify(text: string): Promise<boolean> {
    const known = this.recall(text);
    if (known !== undefined) return known;
    const bytes = toBytes(text);
    const isRight = timingSafeEqual(await hash(bytes, this.#salt), this.#hash);
    if (isRight) this.#mac = this.#macOf(bytes);
    return isRight;
  }

  #macOf(bytes: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(bytes).digest();
  }
}

/**
 * Checks a password that a program is to use. The error does not contain it.
 *
 * @throws {RangeError} If it is too short or too long.
 */
export function checkPassword(text: string): void {
  const isLong = [...text].length >= MIN_LENGTH;
  if (isLong && toBytes(text).length <= MAX_BYTES) return;
  throw new RangeError(
    `Cannot use the password: expected at least ${MIN_LENGTH} characters and at most ${MAX_BYTES} bytes`,
  );
}

/** The same bytes for the same characters, however a keyboard composes them. */
function toBytes(text: string): Uint8Array {
  return ENCODER.encode(text.normalize("NFC"));
}

function hash(bytes: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, HASH_LENGTH, COST, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
