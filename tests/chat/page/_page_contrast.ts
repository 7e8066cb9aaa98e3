/**
 * A script for the page: the texts that can be seen and whose contrast with what
 * is behind them is lower than WCAG 2.2 (1.4.3, level AA) asks for.
 */
export const FAINT_TEXTS = String.raw`(() => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const over = (front, [r, g, b]) => {
    context.fillStyle = "rgb(" + [r, g, b].join(" ") + ")";
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = front;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((value) =>
      value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => element === null
    ? [255, 255, 255]
    : over(
      getComputedStyle(element).backgroundColor,
      behind(element.parentElement),
    );
  return [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.closest(".sr, .pending") &&
    [...element.childNodes].some((node) => node.nodeType === 3 &&
      node.data.trim() !== "")
  ).map((element) => {
    const back = behind(element);
    const front = over(getComputedStyle(element).color, back);
    const [high, low] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    return [element.textContent, ratio];
  }).filter(([, ratio]) => ratio < 4.5);
})()`;
