/**
 * A script for the page: the texts and names of controls, but for messages, that have
 * English words.
 */
export const ENGLISH_TEXTS = String.raw`(() => {
  const elements = [...document.querySelectorAll("body *")].filter((element) =>
    !element.closest(".message, kbd, bdi, input, #server-name, script, style, noscript")
  );
  const texts = elements.flatMap((element) => [
    element.ariaLabel ?? "",
    element.title,
    element.placeholder ?? "",
    element.children.length === 0 ? element.textContent : "",
  ]);
  return texts.filter((text) => /[a-z]{3,} [a-z]{2,}|^[A-Z][a-z]{3,}$/.test(text));
})()`;
