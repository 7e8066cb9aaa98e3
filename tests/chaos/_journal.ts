/** A line of a user, as a reader gets it. */
export interface Line {
  readonly id: number;
  readonly room: string;
  readonly text: string;
}

/** Ids that a reader was told to have missed, both ends included. */
interface Hole {
  readonly from: number;
  readonly to: number;
}

/** The lines of one room that one reader has got. */
interface Reading {
  readonly ids: Set<number>;
  readonly holes: Hole[];
  last: number;
}

/** What a run has done wrong. */
export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
}

/** The most faults that are described. */
const MAX_TEXTS = 20;

/**
 * Compares the lines that were acknowledged with those that readers got. A text is
 * `AUTHOR NUMBER`, and used once. Everything that is stored must reach all readers,
 * also lines whose author got no acknowledgement.
 */
export class Journal {
  /** All lines that are stored, by text. */
  readonly #lines = new Map<string, Line>();
  readonly #readers = new Map<string, Reader>();
  #doubled = 0;
  #disordered = 0;

  /** Descriptions of the first faults. */
  readonly faults: string[] = [];
  /** What goes on, for the descriptions. */
  phase = "";
  /** How often a reader was told to have missed something. */
  holes = 0;

  /** How many lines are stored. */
  get size(): number {
    return this.#lines.size;
  }

  /** Adds a reader who gets all lines of some rooms, except the reader's own. */
  enter(reader: string, rooms: readonly string[]): void {
    const readings = new Map<string, Reading>();
    for (const room of rooms) {
      readings.set(room, { ids: new Set(), holes: [], last: 0 });
    }
    this.#readers.set(reader, { rooms: readings, end: Infinity });
  }

  /** Notes that a reader has left after an id. */
  leave(reader: string, end: number): void {
    const found = this.#readers.get(reader);
    if (found !== undefined) found.end = end;
  }

  /** Notes a line whose author got an acknowledgement. */
  acknowledge(line: Line): void {
    this.#store(line, authorOf(line));
  }

  /** Notes a line that a reader got. */
  see(reader: string, line: Line): void {
    this.#store(line, reader);
    const reading = this.#readers.get(reader)?.rooms.get(line.room);
    if (reading === undefined) {
      return this.#note(`${reader} got "${line.text}" of another room`);
    }
    const { ids, last } = reading;
    if (ids.has(line.id)) {
      if (authorOf(line) === reader) return;
      this.#doubled++;
      this.#note(`${reader} got "${line.text}" twice`);
    } else if (line.id < last) {
      this.#disordered++;
      this.#note(`${reader} got "${line.text}" (${line.id}) after ${last}`);
    }
    ids.add(line.id);
    reading.last = Math.max(last, line.id);
  }

  /** Notes that a reader was told to have missed lines of a room. */
  miss(reader: string, room: string, hole: Hole): void {
    this.holes++;
    this.#readers.get(reader)?.rooms.get(room)?.holes.push(hole);
  }

  /** Notes anything else that is wrong. */
  fault(text: string): void {
    this.#note(text);
  }

  /** Judges the run, once all readers have got everything. */
  judge(): Verdict {
    let lost = 0;
    for (const line of this.#lines.values()) {
      for (const [reader, { rooms, end }] of this.#readers) {
        const reading = rooms.get(line.room);
        if (reading === undefined || line.id > end) continue;
        if (authorOf(line) === reader || hasOrKnows(reading, line)) continue;
        lost++;
        this.#note(`${reader} did not get "${line.text}" (${line.id})`);
      }
    }
    this.#checkAuthors();
    return { lost, doubled: this.#doubled, disordered: this.#disordered };
  }

  /** The lines of each author must be in the order in which they were sent. */
  #checkAuthors(): void {
    const last = new Map<string, number>();
    const lines = [...this.#lines.values()].sort((a, b) => a.id - b.id);
    for (const line of lines) {
      const author = authorOf(line);
      const number = Number(line.text.slice(author.length));
      if (number < (last.get(author) ?? 0)) {
        this.#disordered++;
        this.#note(`"${line.text}" was stored after a later line`);
      }
      last.set(author, number);
    }
  }

  #store(line: Line, reader: string): void {
    const known = this.#lines.get(line.text);
    if (known === undefined) {
      this.#lines.set(line.text, line);
    } else if (known.id !== line.id) {
      this.#doubled++;
      this.#note(
        `"${line.text}" is ${known.id}, and ${line.id} for ${reader}`,
      );
    }
  }

  #note(text: string): void {
    if (this.faults.length < MAX_TEXTS) {
      this.faults.push(this.phase === "" ? text : `${this.phase}: ${text}`);
    } else if (this.faults.length === MAX_TEXTS) this.faults.push("…");
  }
}

interface Reader {
  readonly rooms: ReadonlyMap<string, Reading>;
  /** The last id that must have been got. */
  end: number;
}

function hasOrKnows({ ids, holes }: Reading, { id }: Line): boolean {
  return ids.has(id) || holes.some(({ from, to }) => from <= id && id <= to);
}

function authorOf({ text }: Line): string {
  return text.slice(0, text.indexOf(" "));
}
