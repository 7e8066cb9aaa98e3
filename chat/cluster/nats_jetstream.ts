/**
 * A connection to NATS, as `connect` of `@nats-io/transport-node` returns it. Only
 * these members are used.
 */
export interface NatsLogConnection {
  /** The description of the server by itself. */
  readonly info?: {
    /** The version of the server, such as `"2.9.10"`. */
    readonly version: string;
    /** The most bytes of a message. */
    readonly max_payload: number;
  } | undefined;
  /** The events of the connection, of which `disconnect` and `reconnect` are used. */
  status(): AsyncIterable<{ readonly type: string }>;
}

/** The configuration of a stream. Times are in nanoseconds. */
export interface NatsStreamConfig {
  /** The name of the stream. */
  readonly name: string;
  /** The subjects whose messages are stored. */
  readonly subjects: string[];
  /** How messages are kept. */
  readonly retention: "limits";
  /** The kind of storage. */
  readonly storage: "file";
  /** How many servers of the broker have a copy. */
  readonly num_replicas: number;
  /** How long messages are kept, `0` for ever. */
  readonly max_age: number;
  /** How many messages of a subject are kept, `-1` for all. */
  readonly max_msgs_per_subject: number;
  /** How long the id of a message is remembered. */
  readonly duplicate_window: number;
}

/** A stream as the server knows it. */
export interface NatsStreamInfo {
  /** When it was created. */
  readonly created: string;
  /** Its configuration. */
  readonly config: {
    /** The subjects whose messages are stored. */
    readonly subjects?: string[];
    /** How messages are kept. */
    readonly retention: string;
    /** How long messages are kept, in nanoseconds. */
    readonly max_age: number;
    /** How many messages of a subject are kept. */
    readonly max_msgs_per_subject: number;
  };
  /** Its messages. */
  readonly state: {
    /** How many there are. */
    readonly messages: number;
    /** The sequence number of the first. */
    readonly first_seq: number;
    /** The sequence number of the last. */
    readonly last_seq: number;
    /** The number of messages of each subject that was asked for. */
    readonly subjects?: Record<string, number>;
  };
}

/** A message of a stream. */
export interface NatsStoredMessage {
  /** Its sequence number. */
  readonly seq: number;
  /** Its payload. */
  readonly data: Uint8Array;
}

/** The messages of a consumer, until `close()`. */
export interface NatsConsumerMessages extends AsyncIterable<NatsStoredMessage> {
  /** Ends them. */
  close(): Promise<unknown>;
}

/** The use of streams. */
export interface NatsJetStreamClient {
  /** Stores a message. */
  publish(
    subject: string,
    payload: Uint8Array,
    options: { msgID?: string; expect?: { lastSubjectSequence: number } },
  ): Promise<{ readonly seq: number }>;
  /** Consumers of streams. */
  readonly consumers: {
    /** Makes an ordered consumer. Its `inactive_threshold` is in milliseconds. */
    get(
      stream: string,
      options: { opt_start_seq: number; inactive_threshold: number },
    ): Promise<{
      /** Receives messages. */
      consume(
        options: { max_messages: number; expires: number },
      ): Promise<NatsConsumerMessages>;
    }>;
  };
}

/**
 * The management of streams, as `jetstreamManager` of `@nats-io/jetstream` returns
 * it. Only these members are used.
 */
export interface NatsJetStreamManager {
  /** The streams. */
  readonly streams: {
    /** Describes a stream. */
    info(
      name: string,
      options?: { subjects_filter: string },
    ): Promise<NatsStreamInfo>;
    /** Creates a stream. */
    add(config: NatsStreamConfig): Promise<NatsStreamInfo>;
    /** Removes messages before a sequence number, or those of some subjects. */
    purge(
      name: string,
      options: { seq: number } | { filter: string },
    ): Promise<unknown>;
    /** Returns a message, or the last one of a subject. */
    getMessage(
      name: string,
      query: { seq: number } | { last_by_subj: string },
    ): Promise<NatsStoredMessage | null>;
  };
  /** The use of streams. */
  jetstream(): NatsJetStreamClient;
}
