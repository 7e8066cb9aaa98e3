// Goes on checking the properties with fresh seeds, and saves what it finds:
//
//   deno task fuzz --minutes 10
//   deno task fuzz --minutes 1 --only FrameParser
//
// A failure is made smaller and goes to `failures/`, which a test replays. The
// program ends with code 1 if there has been one.
import { parseArgs } from "node:util";
import { PROPERTIES } from "./_properties.ts";
import { type Failure, type Property, refute } from "./_property.ts";
import { firstSeed, freshSeed, Random } from "./_random.ts";
import { shrink } from "./_shrink.ts";

/** How long one property is checked before it is the next one's turn. */
const TURN = 500;

const HELP = `Checks the properties with fresh seeds, and saves what it finds.

  --minutes N   how long (1)
  --only TEXT   only properties whose name has this in it`;

interface Options {
  readonly minutes: number;
  readonly only: string;
}

/** Reads the arguments; `undefined` if they ask for help. */
function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "1" },
      only: { type: "string", default: "" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) {
    throw new RangeError(
      "Cannot fuzz: expected --minutes and a number above 0",
    );
  }
  return { minutes, only: values.only };
}

async function save(property: Property, seed: number): Promise<void> {
  const value = property.generate(new Random(seed));
  const smallest = await shrink(property, value);
  const failure: Failure = { property: property.name, seed, ...smallest };
  const directory = new URL("./failures/", import.meta.url);
  await Deno.mkdir(directory, { recursive: true });
  const name = property.name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const path = new URL(`${name.slice(0, 40)}_${seed}.json`, directory);
  await Deno.writeTextFile(path, `${JSON.stringify(failure, null, 2)}\n`);
  console.log(`FAILED ${property.name}\n  ${failure.message}\n  ${path}`);
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const { minutes, only } = options;
  const properties = PROPERTIES.filter(({ name }) => name.includes(only));
  if (properties.length === 0) {
    throw new RangeError(`Cannot fuzz "${only}": expected a part of a name`);
  }
  const counts = new Map(properties.map((property) => [property, 0]));
  const failed = new Set<Property>();
  const end = performance.now() + minutes * 60_000;
  let seed = firstSeed(freshSeed());
  console.log(`From VNET_SEED=${seed} on, for ${minutes} minutes`);
  while (performance.now() < end) {
    for (const property of properties) {
      // One failure of a kind is enough: others are mostly the same.
      if (failed.has(property)) continue;
      const turnEnd = Math.min(end, performance.now() + TURN);
      let count = 0;
      while (performance.now() < turnEnd) {
        seed = (seed + 1) >>> 0;
        count++;
        const value = property.generate(new Random(seed));
        if (await refute(property, value) === undefined) continue;
        failed.add(property);
        await save(property, seed);
        break;
      }
      counts.set(property, (counts.get(property) ?? 0) + count);
    }
  }
  for (const [{ name }, count] of counts) {
    console.log(`${String(count).padStart(10)}  ${name}`);
  }
  return failed.size === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
