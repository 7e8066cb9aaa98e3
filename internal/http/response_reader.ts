import {
  DEFAULT_MAX_HEAD_SIZE,
  type HeadFailure,
  type HttpHead,
  HttpHeadParser,
  parseStatusLine,
  type StatusLine,
} from "./http_head.ts";

/**
 * Parses the final response to a request and skips interim ones (such as 103, RFC
 * 9110 section 15.2). One limit applies to all of them together.
 */
export class ResponseReader {
  #parser: HttpHeadParser<StatusLine>;
  #left: number;
  #head: HttpHead<StatusLine> | undefined;

  /** Makes a reader that takes so many bytes at most. */
  constructor(maxSize: number = DEFAULT_MAX_HEAD_SIZE) {
    this.#left = maxSize;
    this.#parser = new HttpHeadParser(parseStatusLine, { maxSize });
  }

  /** The response, once it is complete. */
  get head(): HttpHead<StatusLine> | undefined {
    return this.#head;
  }

  /** Why the response is refused. */
  get failure(): HeadFailure | undefined {
    return this.#parser.failure;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk The bytes, which are not kept.
   * @returns How many belong to the responses.
   */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.#head && !this.failure) {
      at += this.#parser.push(chunk.subarray(at));
      const { head } = this.#parser;
      if (head !== undefined) this.#take(head);
    }
    return at;
  }

  #take(head: HttpHead<StatusLine>): void {
    const { status } = head.start;
    if (status >= 200 || status === 101) {
      this.#head = head;
      return;
    }
    this.#left -= this.#parser.size;
    this.#parser = new HttpHeadParser(parseStatusLine, { maxSize: this.#left });
  }
}
