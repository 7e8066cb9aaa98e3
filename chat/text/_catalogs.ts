import { EN } from "./en.ts";
import { ZH } from "./zh.ts";

/** The name of a text. */
export type TextKey = keyof typeof EN;

/** The texts of a language. */
export type Catalog = Readonly<Record<TextKey, string>>;

/** A language in which the chat has its texts. */
export type Language = "en" | "zh";

/** The texts of all languages. */
export const CATALOGS: Readonly<Record<Language, Catalog>> = { en: EN, zh: ZH };
