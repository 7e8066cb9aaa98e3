/** What the command line of the benchmarks says. */
export interface Options {
  /** Only workloads whose group and name match. */
  readonly only: RegExp | undefined;
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

/** What `--help` prints. */
export const HELP = `Compares with the peers, in turn in one run.

  --only PATTERN  only workloads whose name matches this regular expression
  --rounds N      how often each contestant takes part (5)
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
    if (["--readme", "--list", "--help"].includes(arg)) {
      flags.add(arg);
    } else if (
      ["--only", "--rounds", "--seconds", "--json", "--svg", "--from"].includes(
        arg,
      )
    ) {
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
  const isWhole = only === undefined;
  return {
    only: only === undefined ? undefined : new RegExp(only, "i"),
    rounds: Math.ceil(positive("--rounds", values["--rounds"] ?? "5")),
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
