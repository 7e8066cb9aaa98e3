import { splitLinks } from "./_links.ts";

/** A part of a line. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "code";
    readonly text: string;
    /** The backticks on each side. */
    readonly mark: string;
  }
  | { readonly type: "link"; readonly text: string; readonly href: string }
  | {
    readonly type: "emphasis" | "strong";
    /** The asterisks on each side. */
    readonly mark: string;
    readonly children: readonly Inline[];
  };

/** A part of a message. Lines of text and quotes end with LF, except the last. */
export type Block =
  | { readonly type: "text" | "quote"; readonly children: readonly Inline[] }
  | { readonly type: "code-block"; readonly text: string };

/** The role of a line in a message; a `fence` begins or ends lines of code. */
export type LineKind = "text" | "quote" | "fence" | "code";

const QUOTE = /^>(?: |$)/;
const OPENING_FENCE = /^```[\w+#.-]*\s*$/;
const CLOSING_FENCE = /^```\s*$/;

/** Sides of asterisks that are no marks, such as in 2*3*4. */
const WORD = /[A-Za-z0-9]/;
const SPACE = /\s/;

/**
 * Reads a message in a small part of Markdown: code between backticks, blocks of
 * code between lines of three backticks, emphasis, strong emphasis, quotes, and
 * addresses of the web. A link has no other text than its address, so that it leads
 * where it says. The time is in proportion to the length.
 */
export function parseMarkdown(text: string): Block[] {
  const lines = text.split("\n");
  const kinds = lineKinds(lines);
  const blocks: Block[] = [];
  let start = 0;
  while (start < lines.length) {
    const kind = kinds[start];
    if (kind === "fence") {
      const end = kinds.indexOf("fence", start + 1);
      const code = lines.slice(start + 1, end).join("\n");
      blocks.push({ type: "code-block", text: code });
      start = end + 1;
      continue;
    }
    const type = kind === "quote" ? kind : "text";
    const children = new InlineList();
    const first = start;
    for (; kinds[start] === kind; start++) {
      if (start > first) children.addText("\n");
      const line = lines[start].replace(QUOTE, "");
      for (const part of parseInline(line)) children.add(part);
    }
    blocks.push({ type, children: children.parts });
  }
  return blocks;
}

/** The roles of the lines of a message. A fence without its end is text. */
export function lineKinds(lines: readonly string[]): LineKind[] {
  const kinds = lines.map((line): LineKind =>
    QUOTE.test(line) ? "quote" : "text"
  );
  let opening = -1;
  for (const [at, line] of lines.entries()) {
    if (opening === -1) {
      if (OPENING_FENCE.test(line)) opening = at;
    } else if (CLOSING_FENCE.test(line)) {
      kinds.fill("code", opening, at);
      kinds[opening] = kinds[at] = "fence";
      opening = -1;
    }
  }
  return kinds;
}

/** Reads one line. */
export function parseInline(line: string): Inline[] {
  const reader = new InlineReader();
  let at = 0;
  for (const { text, mark } of splitCode(line)) {
    if (mark !== "") {
      reader.add({ type: "code", text, mark });
      at += text.length + 2 * mark.length;
      continue;
    }
    for (const { text: piece, href } of splitLinks(text)) {
      if (href !== undefined) reader.add({ type: "link", text: piece, href });
      else reader.addMarked(piece, line, at);
      at += piece.length;
    }
  }
  return reader.end();
}

/** Splits a line at the code in it, whose mark is not empty. */
function splitCode(
  line: string,
): { readonly text: string; readonly mark: string }[] {
  const runs = [...line.matchAll(/`+/g)];
  const last = new Map(runs.map(([mark], at) => [mark.length, at]));
  const parts: { text: string; mark: string }[] = [];
  let end = 0;
  for (let at = 0; at < runs.length; at++) {
    const { 0: mark, index } = runs[at];
    // Code ends at the next run of as many backticks.
    if ((last.get(mark.length) ?? at) === at) continue;
    do at++; while (runs[at][0] !== mark);
    parts.push({ text: line.slice(end, index), mark: "" });
    parts.push({ text: line.slice(index + mark.length, runs[at].index), mark });
    end = runs[at].index + mark.length;
  }
  parts.push({ text: line.slice(end), mark: "" });
  return parts;
}

/** Parts in order, with adjacent texts as one. */
class InlineList {
  readonly parts: Inline[] = [];

  add(part: Inline): void {
    if (part.type === "text") this.addText(part.text);
    else this.parts.push(part);
  }

  addText(text: string): void {
    const last = this.parts.at(-1);
    if (text === "") return;
    if (last?.type !== "text") this.parts.push({ type: "text", text });
    else this.parts.splice(-1, 1, { type: "text", text: last.text + text });
  }
}

/** Emphasis that has begun. */
interface OpenMark {
  readonly type: "emphasis" | "strong";
  readonly mark: string;
  readonly list: InlineList;
}

/**
 * Builds the parts of a line. At most one emphasis and one strong emphasis are open
 * at a time: a further one makes the one before text.
 */
class InlineReader {
  readonly #root = new InlineList();
  readonly #open: OpenMark[] = [];

  add(part: Inline): void {
    this.#top.add(part);
  }

  /**
   * Adds a text with asterisks.
   *
   * @param start The place of the text in the line, which tells its neighbours.
   */
  addMarked(text: string, line: string, start: number): void {
    let end = 0;
    for (const { 0: mark, index } of text.matchAll(/\*+/g)) {
      if (mark.length > 3) continue;
      this.#top.addText(text.slice(end, index));
      end = index + mark.length;
      const before = line[start + index - 1] ?? " ";
      const after = line[start + end] ?? " ";
      const canClose = !SPACE.test(before) && !WORD.test(after);
      const canOpen = !SPACE.test(after) && !WORD.test(before);
      const rest = canClose ? this.#close(mark) : mark;
      if (canOpen && rest !== "") this.#begin(rest);
      else this.#top.addText(rest);
    }
    this.#top.addText(text.slice(end));
  }

  end(): Inline[] {
    this.#drop(0);
    return this.#root.parts;
  }

  get #top(): InlineList {
    return this.#open.at(-1)?.list ?? this.#root;
  }

  /** Begins the emphases that a mark can stand for. */
  #begin(mark: string): void {
    const types = mark.length === 1
      ? ["emphasis"] as const
      : mark.length === 2
      ? ["strong"] as const
      : ["strong", "emphasis"] as const;
    const same = this.#open.findIndex(({ type }) =>
      types.some((each) => each === type)
    );
    if (same !== -1) this.#drop(same);
    for (const type of types) {
      const list = new InlineList();
      this.#open.push({ type, mark: type === "strong" ? "**" : "*", list });
    }
  }

  /** Ends the spans that a mark can end, and returns the rest of the mark. */
  #close(mark: string): string {
    let rest = mark;
    while (rest !== "") {
      const at = this.#open.findLastIndex((open) =>
        open.mark === rest || rest.length === 3
      );
      if (at === -1) return rest;
      this.#drop(at + 1);
      const [{ type, mark, list }] = this.#open.splice(at);
      this.#top.add({ type, mark, children: list.parts });
      rest = rest.slice(mark.length);
    }
    return rest;
  }

  /** Makes all marks that were opened from a place on text. */
  #drop(from: number): void {
    while (this.#open.length > from) {
      const [{ mark, list }] = this.#open.splice(-1);
      this.#top.addText(mark);
      for (const part of list.parts) this.#top.add(part);
    }
  }
}
