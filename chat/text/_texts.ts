import { CATALOGS, type Language, type TextKey } from "./_catalogs.ts";

/** The name of a text with a form for each kind of number. */
export type CountKey = Extract<TextKey, `${string}.one`> extends
  `${infer Key}.one` ? Key : never;

/** The values in a text, by their names. */
export type Values<T = never> = Readonly<
  Record<string, string | number | undefined | T>
>;

/** Chinese, unless the tag asks for traditional characters. */
const SIMPLIFIED_CHINESE =
  /^zh(?:$|[-_](?:hans|(?!hant|(?:.*[-_])?(?:tw|hk|mo)(?![a-z]))))/i;

const VALUE = /\{(\w+)\}/;

/** The texts of the chat in one language. */
export class Texts {
  /** The language, as `Intl` and HTML name it. */
  readonly language: string;
  readonly #catalog: Readonly<Record<string, string>>;

  constructor(language: Language) {
    this.language = language === "zh" ? "zh-Hans" : language;
    this.#catalog = CATALOGS[language];
  }

  /** Whether there is a text, such as for the code of another server version. */
  has(key: string): key is TextKey {
    return Object.hasOwn(this.#catalog, key);
  }

  /** A text with its values, in which nothing is replaced again. */
  get(key: TextKey, values: Values = {}): string {
    return this.parts(key, values).join("");
  }

  /** A text that has the number `count` in it. */
  count(key: CountKey, count: number, values: Values = {}): string {
    const form = `${key}.${count === 1 ? "one" : "other"}` as TextKey;
    return this.get(form, { ...values, count });
  }

  /** The parts of a text: words, and values in their places. */
  parts<T>(key: TextKey, values: Values<T>): (string | T)[] {
    return (this.#catalog[key] ?? key).split(VALUE).map((part, at) => {
      if (at % 2 === 0) return part;
      const value = values[part] ?? "";
      return typeof value === "number" ? String(value) : value;
    });
  }
}

/** The texts in English. */
export const ENGLISH: Texts = new Texts("en");

/**
 * The texts in the first language that there is: English if there is none.
 *
 * @param tags Language tags (BCP 47), the most wanted first.
 */
export function textsFor(tags: readonly string[]): Texts {
  for (const tag of tags) {
    if (/^en(?:$|[-_])/i.test(tag)) return ENGLISH;
    if (SIMPLIFIED_CHINESE.test(tag)) return new Texts("zh");
  }
  return ENGLISH;
}
