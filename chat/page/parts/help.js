import { commandHelp } from "../../room/text/_commands.ts";
import { pageTexts } from "../words/language.js";
import { make } from "./elements.js";

/**
 * Makes an entry of a list of explanations.
 *
 * @param {string} term
 * @param {string} about
 */
export function makeHelp(term, about) {
  return make(
    "div",
    { class: "command" },
    make("dt", {}, make("kbd", {}, term)),
    " ",
    make("dd", {}, about),
  );
}

/** Makes the entries of all commands. */
export function makeCommandHelp() {
  return commandHelp(pageTexts()).map(({ usage, about }) =>
    makeHelp(usage, about)
  );
}
