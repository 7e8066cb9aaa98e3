import { assertEquals } from "@std/assert";
import { PROPERTIES } from "./_properties.ts";
import { type Failure, refute } from "./_property.ts";

const { state } = Deno.permissions.querySync({ name: "read" });

Deno.test({
  name: "what the fuzzer has found once holds now",
  ignore: state !== "granted",
  fn: async () => {
    const directory = new URL("./failures/", import.meta.url);
    for await (const { name } of Deno.readDir(directory)) {
      if (!name.endsWith(".json")) continue;
      const text = await Deno.readTextFile(new URL(name, directory));
      const failure: Failure = JSON.parse(text);
      const property = PROPERTIES.find((it) => it.name === failure.property);
      assertEquals(property?.name, failure.property, `No property of ${name}`);
      if (property === undefined) continue;
      assertEquals(await refute(property, failure.value), undefined, name);
    }
  },
});
