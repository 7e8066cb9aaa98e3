import { find } from "./elements.js";

/**
 * Opens a list beside the conversation, where the window is too narrow for it.
 *
 * @param {string} name
 */
export function openDrawer(name) {
  closeDrawers();
  find(name).classList.add("open");
  find("scrim").hidden = false;
  find(name).querySelector("button")?.focus();
}

/** Closes the drawers, and tells whether one was open. */
export function closeDrawers() {
  const opened = document.querySelector(".drawer.open");
  opened?.classList.remove("open");
  find("scrim").hidden = true;
  return opened !== null;
}
