/** What the command line of the benchmarks says. */
export interface Options {
  /** Only workloads whose group and name match. */
  readonly only: RegExp | undefined;
  /** Whether only the ten workloads of a quick run take part. */
  readonly quick: boolean;
  /** The revision to compare this one with, instead of the peers. */
  readonly against: string | undefined;
  /** How often each contestant takes part; with `against` the number of pairs. */
  readonly rounds: number;
  /** What each contestant has in each round. */
  readonly seconds: number;
  /** The file for the results; none if empty. */
  readonly json: string;
  /** The file for the plot; none if empty. */
  readonly svg: string;
  /** A file of results to show instead of measuring. */
  readonly from: string | undefined;
  /** Whether the table goes into `README.md`. */
  readonly readme: boolean;
  /** Whether only the names are printed. */
  readonly list: boolean;
  readonly help: boolean;
}

const FLAGS = ["--quick", "--readme", "--list", "--help"];
const VALUES = [
  "--only",
  "--against",
  "--rounds",
  "--seconds",
  "--json",
  "--svg",
  "--from",
];
/** Options about the peers, which make no sense with `--against`. */
const FOR_PEERS = ["--svg", "--from", "--readme"];
/** How often each contestant takes part, and each of two revisions. */
const ROUNDS = 5;
const PAIRS = 9;

/** What `--help` prints. */
export const HELP = `Compares with the peers, in turn in one run.

  --only PATTERN  only workloads whose name matches this regular expression
  --quick         only ten workloads, with fewer contestants, in under five minutes
  --against REV   compares with that revision of this project, not with the
                  peers: processor time per message, and rate
  --rounds N      how often each contestant takes part (${ROUNDS}, revisions: ${PAIRS})
  --seconds S     for how long each time (0.5)
  --json FILE     where the results go (bench/results.json, if all have run)
  --svg FILE      where the plot goes (docs/bench.svg, if all have run)
  --from FILE     takes the results from a file instead of measuring
  --readme        writes the table into bench/README.md
  --list          prints the workloads and who takes part
  --help          prints this

A FILE is relative to the project; if it is empty, nothing is written.`;

/**
 * Reads the arguments of the command. The files of a whole run are those of the
 * project; of a part nothing is written unless it is asked for.
 *
 * @throws {SyntaxError} If there is anything else in them.
 */
export function parseOptions(args: readonly string[]): Options {
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (FLAGS.includes(arg)) {
      flags.add(arg);
    } else if (VALUES.includes(arg)) {
      const value = args[++index];
      if (value === undefined) {
        throw new SyntaxError(
          `Cannot read the options: "${arg}" needs a value`,
        );
      }
      values[arg] = value;
    } else {
      throw new SyntaxError(
        `Cannot read the options: found "${arg}", expected one of --help`,
      );
    }
  }
  const only = values["--only"];
  const from = values["--from"];
  const against = values["--against"];
  const quick = flags.has("--quick");
  if (against !== undefined) {
    const wrong = FOR_PEERS.find((one) => flags.has(one) || one in values);
    if (wrong !== undefined) {
      throw new SyntaxError(
        `Cannot read the options: found "${wrong}" beside --against, which has no peers to show`,
      );
    }
  }
  const isWhole = only === undefined && against === undefined && !quick;
  const rounds = values["--rounds"] ??
    String(against === undefined ? ROUNDS : PAIRS);
  return {
    only: only === undefined ? undefined : new RegExp(only, "i"),
    quick,
    against,
    rounds: Math.ceil(positive("--rounds", rounds)),
    seconds: positive("--seconds", values["--seconds"] ?? "0.5"),
    json: values["--json"] ??
      (isWhole && from === undefined ? "bench/results.json" : ""),
    svg: values["--svg"] ?? (isWhole ? "docs/bench.svg" : ""),
    from,
    readme: flags.has("--readme"),
    list: flags.has("--list"),
    help: flags.has("--help"),
  };
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (number > 0 && number < Infinity) return number;
  throw new SyntaxError(
    `Cannot read the options: ${name} is "${value}", expected a number above 0`,
  );
}
