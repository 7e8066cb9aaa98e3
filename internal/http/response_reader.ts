import {
  HttpHeadParser,
  parseStatusLine,
  type StatusLine,
} from "./http_head.ts";

/**
 * Parses the final response to a request and skips interim ones (such as 103, RFC
 * 9110 section 15.2). One limit applies to all of them together.
 */
export class ResponseReader extends HttpHeadParser<StatusLine> {
  /** Makes a reader that takes so many bytes at most. */
  constructor(maxSize?: number) {
    super(parseStatusLine, { maxSize });
  }

  protected override isInterim({ status }: StatusLine): boolean {
    return status < 200 && status !== 101;
  }
}
