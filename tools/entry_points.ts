// Prints the files behind the package's exports, for tasks that want them all.

const config: { exports: Record<string, string> } = JSON.parse(
  await Deno.readTextFile("deno.json"),
);
console.log(Object.values(config.exports).join(" "));
