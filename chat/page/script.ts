import { CONNECTION_SCRIPT } from "./connection_script.ts";
import { OUTBOX_SCRIPT } from "./outbox_script.ts";
import { COMMAND_SCRIPT } from "./command_script.ts";
import { COMPOSER_SCRIPT } from "./composer_script.ts";
import { DIALOGS_SCRIPT } from "./dialogs_script.ts";
import { MAIN_SCRIPT } from "./main_script.ts";
import { ROWS_SCRIPT } from "./rows_script.ts";
import { SESSION_SCRIPT } from "./session_script.ts";
import { STORE_SCRIPT } from "./store_script.ts";
import { TEXT_SCRIPT } from "./text_script.ts";
import { VIEW_SCRIPT } from "./view_script.ts";
import { WORDS_SCRIPT } from "./words_script.ts";

/**
 * What the page knows, without a page or a network: it declares classes and
 * functions and does nothing by itself, so that tests can load it.
 */
export const LOGIC_SCRIPT: string = [
  TEXT_SCRIPT,
  WORDS_SCRIPT,
  STORE_SCRIPT,
  CONNECTION_SCRIPT,
  OUTBOX_SCRIPT,
  SESSION_SCRIPT,
  COMMAND_SCRIPT,
  ROWS_SCRIPT,
].join("");

/** All of the page's script. */
export const SCRIPT: string = [
  '\n"use strict";\n{',
  LOGIC_SCRIPT,
  VIEW_SCRIPT,
  COMPOSER_SCRIPT,
  DIALOGS_SCRIPT,
  MAIN_SCRIPT,
  "}\n",
].join("");
