import {
  jetStreamCode,
  type NatsLink,
  STREAM_NOT_FOUND,
} from "./_nats_link.ts";
import { sleep } from "../../internal/wait/sleep.ts";
import type {
  NatsConsumerMessages,
  NatsJetStreamClient,
  NatsJetStreamManager,
  NatsStoredMessage,
  NatsStreamConfig,
  NatsStreamInfo,
} from "./nats_jetstream.ts";

/** The most messages that the server sends ahead of the reader. */
const READ_AHEAD = 64;
/** How long the server waits for messages before it is asked again. */
const PULL_TIME = 5000;
/** After which time without a reader the server forgets it. */
const READER_TIME = 30_000;

/** When a stream was created that another server is creating at this moment. */
const NOT_YET = "0001-01-01T00:00:00Z";
/** Milliseconds until it is looked at again. */
const RECHECK_TIME = 20;

/** Nanoseconds of a millisecond, in which streams have their times. */
export const NANOSECONDS = 1_000_000;

/** The settings of one stream alone. */
export type StreamChoice =
  & Pick<NatsStreamConfig, "name" | "subjects">
  & Partial<NatsStreamConfig>;

/** The default settings of streams. */
const DEFAULTS = {
  retention: "limits",
  storage: "file",
  num_replicas: 1,
  max_age: 0,
  max_msgs_per_subject: 1,
  duplicate_window: 60_000 * NANOSECONDS,
} as const;

/** The settings that an existing stream has to share. */
const CHECKED = [
  "subjects",
  "retention",
  "max_age",
  "max_msgs_per_subject",
] as const;

/** One stream, which is there. */
export class NatsStream {
  readonly #manager: NatsJetStreamManager;
  readonly #client: NatsJetStreamClient;
  readonly #link: NatsLink;
  readonly name: string;
  /** When it was created. */
  readonly created: string;

  private constructor(
    manager: NatsJetStreamManager,
    link: NatsLink,
    name: string,
    created: string,
  ) {
    this.#manager = manager;
    this.#client = manager.jetstream();
    this.#link = link;
    this.name = name;
    this.created = created;
  }

  /** Creates a stream, or checks the configuration of one that exists. */
  static async open(
    manager: NatsJetStreamManager,
    link: NatsLink,
    choice: StreamChoice,
  ): Promise<NatsStream> {
    const config: NatsStreamConfig = { ...DEFAULTS, ...choice };
    const { name } = config;
    const { streams } = manager;
    const find = () =>
      link.call(`Cannot open stream "${name}"`, () => streams.info(name));
    let info: NatsStreamInfo;
    try {
      info = await find();
    } catch (error) {
      if (jetStreamCode(error) !== STREAM_NOT_FOUND) throw error;
      const create = `Cannot create stream "${name}"`;
      const created = link.call(create, () => streams.add(config));
      info = await created.catch((refusal) => {
        // The broker also refuses while another server creates the same one.
        if (jetStreamCode(refusal) === undefined) throw refusal;
        return find().catch(() => {
          throw refusal;
        });
      });
    }
    while (info.created === NOT_YET) {
      await sleep(RECHECK_TIME, link.ended);
      info = await find();
    }
    checkConfig(info, config);
    return new NatsStream(manager, link, name, info.created);
  }

  /** Describes the stream, with the number of messages of some subjects. */
  info(subjects?: string): Promise<NatsStreamInfo> {
    const options = subjects === undefined
      ? undefined
      : { subjects_filter: subjects };
    return this.#link.call(
      `Cannot get the state of stream "${this.name}"`,
      () => this.#manager.streams.info(this.name, options),
    );
  }

  /**
   * Stores a message, whose payload must not change any more.
   *
   * @param options `msgID`: another message with this id, soon after, is dropped.
   * `expect`: the last message of the subject, `0` for none.
   * @returns Its sequence number.
   */
  async publish(
    subject: string,
    payload: Uint8Array,
    options: { msgID?: string; expect?: { lastSubjectSequence: number } } = {},
  ): Promise<number> {
    const { seq } = await this.#link.call(
      `Cannot store ${payload.length} bytes in stream "${this.name}"`,
      () => this.#client.publish(subject, payload, options),
    );
    return seq;
  }

  /** Returns a message, or the last one of a subject. */
  get(
    query: { seq: number } | { last_by_subj: string },
  ): Promise<NatsStoredMessage | null> {
    return this.#link.call(
      `Cannot get a message of stream "${this.name}"`,
      () => this.#manager.streams.getMessage(this.name, query),
    );
  }

  /** Removes messages before a sequence number, or those of some subjects. */
  async purge(options: { seq: number } | { filter: string }): Promise<void> {
    await this.#link.call(
      `Cannot remove messages of stream "${this.name}"`,
      () => this.#manager.streams.purge(this.name, options),
    );
  }

  /** Receives the messages from a sequence number on. */
  consume(from: number): Promise<NatsConsumerMessages> {
    return this.#link.call(`Cannot read stream "${this.name}"`, async () => {
      const consumer = await this.#client.consumers.get(this.name, {
        opt_start_seq: from,
        inactive_threshold: READER_TIME,
      });
      return consumer.consume({ max_messages: READ_AHEAD, expires: PULL_TIME });
    });
  }
}

/** Throws if a stream can't be used, as it was not created for this. */
function checkConfig(info: NatsStreamInfo, wanted: NatsStreamConfig): void {
  const { config } = info;
  for (const key of CHECKED) {
    const [found, expected] = [config[key], wanted[key]].map((value) =>
      JSON.stringify(value)
    );
    if (found === expected) continue;
    throw new Error(
      `Cannot use stream "${wanted.name}": it has ${key} ${found}, expected ${expected}`,
    );
  }
}
