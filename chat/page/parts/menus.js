import { find, make, makeButton, onSubmit, setText } from "./elements.js";

/**
 * A field of a form.
 *
 * @typedef {object} FormField
 * @property {string} name
 * @property {string} label
 * @property {string} [type] Of its input.
 * @property {string} [value]
 */

/**
 * An action in a menu.
 *
 * @typedef {readonly [label: string, act: () => void]} MenuEntry
 */

/**
 * A form in a dialog.
 *
 * @typedef {object} FormContent
 * @property {string} title
 * @property {string} [about]
 * @property {readonly FormField[]} [fields]
 * @property {string} submit The text of its button.
 * @property {(values: Readonly<Record<string, string>>, onDone: () => void) => string | undefined} act
 * Returns an error; calls back when the dialog may close.
 */

/** @type {FormContent["act"]} */
let act = () => undefined;

const formDialog = () => find("form-dialog", HTMLDialogElement);

/** Prepares the dialogs. */
export function wireMenus() {
  const form = find("form-form", HTMLFormElement);
  onSubmit("form-form", () => {
    const inputs = [...form.querySelectorAll("input")];
    const values = Object.fromEntries(
      inputs.map(({ name, value }) => [name, value.trim()]),
    );
    const error = act(values, () => formDialog().close());
    setText("form-error", error ?? "");
  });
}

/**
 * Shows actions to choose from.
 *
 * @param {string} title
 * @param {readonly MenuEntry[]} entries
 */
export function openMenu(title, entries) {
  const dialog = find("menu-dialog", HTMLDialogElement);
  setText("menu-heading", title);
  find("menu-list").replaceChildren(
    ...entries.map(([label, act]) =>
      make(
        "li",
        {},
        makeButton({ class: "entry" }, () => {
          dialog.close();
          act();
        }, label),
      )
    ),
  );
  dialog.showModal();
  find("menu-list").querySelector("button")?.focus();
}

/** @param {FormContent} content */
export function openForm(content) {
  act = content.act;
  setText("form-heading", content.title);
  setText("form-about", content.about ?? "");
  setText("form-error", "");
  setText("form-submit", content.submit);
  find("form-fields").replaceChildren(
    ...(content.fields ?? []).flatMap(({ name, label, type, value }) => {
      const id = `form-${name}`;
      return [
        make("label", { for: id }, label),
        make("input", {
          ...{ id, name, type, value, dir: "auto", autocomplete: "off" },
          ...{ autocapitalize: "none", spellcheck: "false" },
          "aria-describedby": "form-error",
        }),
      ];
    }),
  );
  formDialog().showModal();
  const first = find("form-fields").querySelector("input");
  (first ?? find("form-submit")).focus();
  first?.select();
}

/**
 * Shows an error in the form, if it is open.
 *
 * @param {string} text
 */
export function showFormError(text) {
  if (!formDialog().open) return false;
  setText("form-error", text);
  return true;
}
