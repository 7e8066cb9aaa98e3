/** What a contestant has reached in one round. */
export interface Turn {
  /** One for each measure of the workload. */
  readonly figures: readonly number[];
  /** Nanoseconds of CPU time for one unit, where that can be told. */
  readonly cpu?: number | undefined;
}

/** What a contestant does while it takes part, once it has been set up. */
export interface Entrant extends AsyncDisposable {
  /** Runs about so long. */
  run(seconds: number): Promise<Turn>;
}

/** One of the programs that a workload compares. */
export interface Contestant {
  readonly name: string;
  /** Sets it up: starts its server, for instance. */
  readonly enter: () => Promise<Entrant>;
}

/** What is measured. */
export interface Measure {
  /** What tells it from others of the same workload, such as `"median"`. */
  readonly name?: string;
  /** Such as `"messages/s"`. */
  readonly unit: string;
  /** Whether less is better, as with times and memory. */
  readonly isLessBetter?: boolean;
  /** Whether it is in the tables, but not in the plot. */
  readonly isAside?: boolean;
}

/** What a contestant should reach. */
export interface Mark {
  /** The name of the contestant. */
  readonly subject: string;
  /** The names of those to compare it with; the best of them counts. */
  readonly peers: readonly string[];
  /**
   * The subject's figure divided by the peer's: at least this, or where less is
   * better at most.
   */
  readonly ratio: number;
  /** The measure that it is about; the first if left out. */
  readonly measure?: string;
}

/** What a contestant's figure should be at most, whatever its peers reach. */
export interface Limit {
  /** The name of the contestant. */
  readonly subject: string;
  /** In the unit of the measure. */
  readonly most: number;
  /** The measure that it is about; the first if left out. */
  readonly measure?: string;
}

/** A comparison: the same load on several contestants. */
export interface Workload {
  /** Such as `"TCP"`; workloads of one group stand together. */
  readonly group: string;
  /** What tells it from the others. */
  readonly name: string;
  readonly measures: readonly Measure[];
  /** The first is what the others are compared with. */
  readonly contestants: readonly Contestant[];
  readonly marks: readonly Mark[];
  readonly limits?: readonly Limit[];
  /**
   * How many times the rounds of the others, where the spread of the figures is
   * as large as what they are to tell.
   *
   * @default {1}
   */
  readonly roundsFactor?: number;
  /**
   * How many turns a contestant's part of a round is divided into, which are
   * taken in turn like rounds. The shorter a turn, the likelier it is that the
   * contestants find the machine in the same state; but each has to be ready
   * at once, as a server is that stays up.
   *
   * @default {1}
   */
  readonly turns?: number;
  /**
   * How many processes of each contestant share the rounds, one after the other,
   * where two of the same program differ by as much as the contestants do.
   *
   * @default {1}
   */
  readonly processes?: number;
  /**
   * For how many rounds a process runs before the first that counts.
   *
   * @default {1}
   */
  readonly warmUp?: number;
  /** How many rounds at most, where a round takes long. */
  readonly maxRounds?: number;
}

/** The name of the contestant that shows the limit of the machine. */
export const LIMIT = "C";

/** Whether a contestant is this project's. */
export function isOwn(name: string): boolean {
  return name.startsWith("vnet");
}
