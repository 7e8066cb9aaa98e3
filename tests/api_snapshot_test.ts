import { assertEquals } from "@std/assert";
import { describeApi, readEntryPoints } from "../tools/api_snapshot.ts";

const RENEW = "The public API has changed. If that is meant, run " +
  '"deno task api:update", commit tests/api/, and tell users in CHANGELOG.md.';

const ignore = [
  Deno.permissions.querySync({ name: "read" }),
  Deno.permissions.querySync({ name: "run" }),
].some(({ state }) => state !== "granted");

Deno.test({
  name: "the public API of every entry point is what tests/api/ says",
  ignore,
  async fn(t) {
    for (const entry of readEntryPoints()) {
      await t.step(entry.key, async () => {
        const expected = await Deno.readTextFile(entry.snapshot);

        assertEquals(await describeApi(entry), expected, RENEW);
      });
    }
  },
});
