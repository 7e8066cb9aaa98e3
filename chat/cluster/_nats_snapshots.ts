import { gunzip, gzip } from "../_gzip.ts";
import { jetStreamCode, WRONG_LAST_SEQUENCE } from "./_nats_link.ts";
import type { NatsStream } from "./_nats_stream.ts";
import type { ChatSnapshot } from "./chat_log.ts";

/** How many snapshots are kept. */
const KEPT = 2;

/** How snapshots are stored. */
interface NatsSnapshotOptions {
  /** The start of all subjects. */
  readonly prefix: string;
  /** The log that the snapshots belong to. */
  readonly epoch: string;
  /** The most bytes of a part. */
  readonly partBytes: number;
}

/** The place of a snapshot. */
interface SnapshotPlace {
  /** The sequence number of the last batch in it. */
  readonly sequence: number;
  /** The start of the subjects of its parts, which have numbers from 0. */
  readonly subject: string;
  /** How many parts there are. */
  readonly parts: number;
}

/** The last message of the index's subject. */
interface SnapshotIndex {
  /** The sequence number of the message, `0` if there is none. */
  readonly revision: number;
  /** The snapshots, the latest first. */
  readonly places: readonly SnapshotPlace[];
}

/**
 * The snapshots of a log, each compressed and in parts: a message is limited in size.
 * An index, replaced by compare-and-set once all parts are stored, names those that
 * count: an unfinished one is never seen. In the stream, a message replaces the one
 * before it of the same subject.
 */
export class NatsSnapshots {
  readonly #stream: NatsStream;
  readonly #prefix: string;
  readonly #epoch: string;
  readonly #partBytes: number;

  constructor(stream: NatsStream, options: NatsSnapshotOptions) {
    this.#stream = stream;
    this.#prefix = options.prefix;
    this.#epoch = options.epoch;
    this.#partBytes = options.partBytes;
  }

  /** The snapshots, the latest first. */
  async load(): Promise<readonly ChatSnapshot[]> {
    while (true) {
      const index = await this.#readIndex();
      const snapshots = await Promise.all(
        index.places.map((place) => this.#loadOne(place)),
      );
      const isWhole = (one: ChatSnapshot | undefined) => one !== undefined;
      if (snapshots.every(isWhole)) return snapshots.filter(isWhole);
      // A part is missing: it has been replaced meanwhile, or is lost.
      const { revision } = await this.#readIndex();
      if (revision === index.revision) return snapshots.filter(isWhole);
    }
  }

  /** Saves a snapshot unless there is one as late; returns whether it was saved. */
  async save(
    sequence: number,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    let index = await this.#readIndex();
    const isLate = () => sequence <= (index.places[0]?.sequence ?? -1);
    if (isLate()) return false;
    const subject =
      `${this.#prefix}.${this.#epochToken}.${sequence}.${crypto.randomUUID()}`;
    const parts = await this.#storeParts(subject, await gzip(data));
    while (!isLate()) {
      const places = [{ sequence, subject, parts }, ...index.places].slice(
        0,
        KEPT,
      );
      if (await this.#replaceIndex(index.revision, places)) {
        await this.#removeUnused(places);
        return true;
      }
      index = await this.#readIndex();
    }
    await this.#stream.purge({ filter: `${subject}.*` });
    return false;
  }

  get #indexSubject(): string {
    return `${this.#prefix}.index`;
  }

  /** The epoch as a part of a subject. */
  get #epochToken(): string {
    return this.#epoch.replace(/\W/g, "_");
  }

  async #readIndex(): Promise<SnapshotIndex> {
    const last = await this.#stream.get({ last_by_subj: this.#indexSubject });
    if (last === null) return { revision: 0, places: [] };
    const { epoch, places } = JSON.parse(new TextDecoder().decode(last.data));
    // Those of an earlier log do not count.
    return { revision: last.seq, places: epoch === this.#epoch ? places : [] };
  }

  async #replaceIndex(
    revision: number,
    places: readonly SnapshotPlace[],
  ): Promise<boolean> {
    const text = JSON.stringify({ epoch: this.#epoch, places });
    try {
      await this.#stream.publish(
        this.#indexSubject,
        new TextEncoder().encode(text),
        { expect: { lastSubjectSequence: revision } },
      );
      return true;
    } catch (error) {
      if (jetStreamCode(error) !== WRONG_LAST_SEQUENCE) throw error;
      return false;
    }
  }

  async #storeParts(subject: string, data: Uint8Array): Promise<number> {
    let parts = 0;
    for (let start = 0; start < data.length; start += this.#partBytes) {
      const part = data.subarray(start, start + this.#partBytes);
      await this.#stream.publish(`${subject}.${parts++}`, part);
    }
    return parts;
  }

  async #loadOne(
    { sequence, subject, parts }: SnapshotPlace,
  ): Promise<ChatSnapshot | undefined> {
    const chunks: BlobPart[] = [];
    for (let index = 0; index < parts; index++) {
      const query = { last_by_subj: `${subject}.${index}` };
      const part = await this.#stream.get(query);
      if (part === null) return undefined;
      chunks.push(new Uint8Array(part.data));
    }
    return { sequence, data: await gunzip(new Blob(chunks)) };
  }

  /**
   * Removes the parts of snapshots that are not in the index and can't come into it
   * any more: of another log, or not later than the latest.
   */
  async #removeUnused(places: readonly SnapshotPlace[]): Promise<void> {
    const { state } = await this.#stream.info(`${this.#prefix}.*.*.*.*`);
    const latest = places[0]?.sequence ?? -1;
    const found = Object.keys(state.subjects ?? {}).map((part) =>
      part.slice(0, part.lastIndexOf("."))
    );
    for (const subject of new Set(found)) {
      const [epoch, sequence] = subject.slice(this.#prefix.length + 1)
        .split(".");
      const canCome = epoch === this.#epochToken && Number(sequence) > latest;
      if (canCome || places.some((place) => place.subject === subject)) {
        continue;
      }
      await this.#stream.purge({ filter: `${subject}.*` });
    }
  }
}
