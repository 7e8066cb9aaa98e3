import { makeIcon } from "./icons.js";
import { pageTexts } from "../words/language.js";
import { hueOf, initialOf } from "../words/text.js";

/**
 * The element with an id.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 */
export function find(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof (type ?? HTMLElement))) {
    throw new TypeError(`Cannot find the element "${id}"`);
  }
  return /** @type {T} */ (element);
}

/**
 * Does something at each click of the element with an id.
 *
 * @param {string} id
 * @param {() => void} act
 */
export function onClick(id, act) {
  find(id).addEventListener("click", act);
}

/**
 * Does something each time that the form with an id is sent.
 *
 * @param {string} id
 * @param {() => void} act
 */
export function onSubmit(id, act) {
  find(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

/**
 * Sets the text of the element with an id, unless it is the same: screen readers are
 * told of each change.
 *
 * @param {string} id
 * @param {string} text
 */
export function setText(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes an element. Texts become text nodes, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | undefined>>} [attributes]
 * @param {...(Node | string | undefined)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * Makes a button that does something.
 *
 * @param {Readonly<Record<string, string | undefined>>} attributes
 * @param {() => void} act
 * @param {...(Node | string | undefined)} children
 */
export function makeButton(attributes, act, ...children) {
  const button = make("button", { type: "button", ...attributes }, ...children);
  button.addEventListener("click", act);
  return button;
}

/**
 * Makes an element for a nickname, with a writing direction of its own.
 *
 * @param {string} nickname
 */
export function makeName(nickname) {
  const name = make("bdi", { class: "name" }, nickname);
  name.style.setProperty("--hue", String(hueOf(nickname)));
  return name;
}

/** @param {string} nickname */
export function makeAvatar(nickname) {
  const avatar = make(
    "span",
    { class: "avatar", "aria-hidden": "true" },
    initialOf(nickname),
  );
  avatar.style.setProperty("--hue", String(hueOf(nickname)));
  return avatar;
}

/**
 * Fills the elements that name their parts, with the keys of texts of the page: by `data-heading` a dialog's head, by
 * `data-icon` an icon, by `data-text` the text, by `data-label` the name for screen
 * readers, by `data-title` the tooltip too.
 */
export function fillElements() {
  for (const dialog of document.querySelectorAll("dialog")) {
    const id = dialog.id.replace("dialog", "heading");
    const text = dialog.dataset.heading || undefined;
    dialog.setAttribute("aria-labelledby", id);
    dialog.prepend(make(
      "div",
      { class: "dialog-head" },
      make("h2", { id, dir: "auto", "data-text": text }),
      makeButton(
        { class: "round", "data-icon": "close", "data-label": "close" },
        () => dialog.close(),
      ),
    ));
  }
  for (const element of document.querySelectorAll("[data-icon]")) {
    element.prepend(makeIcon(element.getAttribute("data-icon") ?? ""));
  }
  const texts = pageTexts();
  document.documentElement.lang = texts.language;
  const all = document.querySelectorAll(
    "[data-text], [data-label], [data-title]",
  );
  /** @param {string | undefined} name */
  const read = (name) => {
    const key = `page.${name}`;
    return name && texts.has(key) ? texts.get(key) : undefined;
  };
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (all)) {
    const { dataset } = element;
    const text = read(dataset.text);
    const title = read(dataset.title);
    const label = read(dataset.label) ?? title;
    if (text) element.textContent = text;
    if (label) element.ariaLabel = label;
    if (title) element.title = title;
  }
}
