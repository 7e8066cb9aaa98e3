import { PROPERTIES } from "./_properties.ts";
import { refute } from "./_property.ts";
import { firstSeed, Random } from "./_random.ts";
import { shrink } from "./_shrink.ts";

for (const property of PROPERTIES) {
  Deno.test(property.name, async () => {
    const first = firstSeed();
    for (let run = 0; run < property.runs; run++) {
      const seed = (first + run) >>> 0;
      const value = property.generate(new Random(seed));
      const failure = await refute(property, value);
      if (failure === undefined) continue;
      const smallest = await shrink(property, value);
      throw new Error(
        `Failed with VNET_SEED=${seed}: ${smallest.message}, for ${
          JSON.stringify(smallest.value)
        }`,
      );
    }
  });
}
