/**
 * Connects the topics of several processes through a broker: see
 * `Topics.relay`. It is two functions.
 *
 * An adapter delivers at most once and in the order of each publisher, and never
 * returns a message to the process that published it. Neither function waits.
 *
 * @example Usage
 * ```ts
 * import { type TopicAdapter, Topics } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const published: string[] = [];
 * const adapter: TopicAdapter = {
 *   publish: (topic, data) => published.push(`${topic}: ${data}`),
 *   subscribe: (_topic, _receive) => () => {},
 * };
 * const topics = new Topics();
 * topics.relay(adapter);
 * topics.publish("news", "hello");
 * assertEquals(published, ["news: hello"]);
 * ```
 */
export interface TopicAdapter {
  /**
   * Passes a message on to the other processes.
   *
   * @param topic The name of the topic.
   * @param data The message: text as a string, binary as bytes, which belong to
   * the publisher once the call has returned.
   */
  publish(topic: string, data: string | Uint8Array): unknown;
  /**
   * Begins to receive the messages that other processes publish to a topic: called
   * when the topic gets its first subscriber.
   *
   * @param topic The name of the topic.
   * @param receive Takes each message. Bytes must not change afterwards.
   * @returns Stops it: called when the topic has lost its last subscriber.
   */
  subscribe(
    topic: string,
    receive: (data: string | Uint8Array) => void,
  ): () => unknown;
}
