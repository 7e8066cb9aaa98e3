import {
  isCount,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";

/** Options for `Topics`, and for the topics of a `Server`. */
export interface TopicsOptions {
  /**
   * How many topics one connection may subscribe to. One more is a `RangeError`.
   *
   * @default {1000}
   */
  maxTopicsPerConnection?: number;
  /**
   * How many bytes of UTF-8 the name of a topic may have.
   *
   * @default {255}
   */
  maxTopicLength?: number;
  /**
   * Called with an error that an adapter throws, or with which its promises reject;
   * without it the error is printed.
   */
  onError?: (error: unknown) => unknown;
}

/** The checks of all options. */
export const TOPICS_CHECKS: OptionChecks<TopicsOptions> = {
  maxTopicsPerConnection: isCount(0),
  maxTopicLength: isCount(1),
  onError: isType("function"),
};
