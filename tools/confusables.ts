// Makes chat/room/names/confusables.txt from Unicode's table of confusable
// characters (UTS 39): deno run -RW tools/confusables.ts confusables.txt
//
// Left out is what can't be in a name by the time its look is compared: what
// NFKC maps to something else, white space, and invisible characters.

const TARGET = "chat/room/names/confusables.txt";
const EXCLUDED =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\s\u2800]/u;

const [path] = Deno.args;
if (path === undefined) {
  console.error("Usage: deno run -RW tools/confusables.ts confusables.txt");
  Deno.exit(2);
}

const text = await Deno.readTextFile(path);
const version = /^# Version: (\S+)/m.exec(text)?.[1];
const copyright = /^# (© \d+ Unicode®, Inc\.)/m.exec(text)?.[1];
if (version === undefined || copyright === undefined) {
  throw new SyntaxError(`Cannot read "${path}": not Unicode's confusables.txt`);
}

/** Prototypes to the characters that look like them, in hexadecimal. */
const groups = new Map<string, string[]>();
for (const line of text.split("\n")) {
  const match = /^\ufeff?([0-9A-F]{4,6}) ;\t([0-9A-F ]+) ;\tMA/.exec(line);
  if (match === null) continue;
  const [, source, prototype] = match;
  const character = String.fromCodePoint(parseInt(source, 16));
  if (EXCLUDED.test(character) || character.normalize("NFKD") !== character) {
    continue;
  }
  const key = prototype.trim().split(" ").map(shorten).join("+");
  const group = groups.get(key) ?? [];
  groups.set(key, group);
  group.push(shorten(source));
}

const lines = [...groups].map(([key, sources]) =>
  `${key}=${sources.join(",")}`
);
await Deno.writeTextFile(
  TARGET,
  `# Made by tools/confusables.ts from Unicode's confusables.txt, version ${version}.
# ${copyright} See UNICODE_LICENSE.txt.
#
# Characters that look alike (UTS 39): a prototype, which may be several code
# points, and those that look like it, all in hexadecimal.
${wrap(lines)}
`,
);
console.log(
  `${groups.size} prototypes, ${lines.join().split(",").length} characters`,
);

function shorten(hex: string): string {
  return hex.replace(/^0+/, "").toLowerCase();
}

/** Joins entries by spaces, in lines of at most 80 characters where possible. */
function wrap(entries: readonly string[]): string {
  const rows: string[] = [];
  let row = "";
  for (const entry of entries) {
    if (row !== "" && row.length + entry.length >= 80) {
      rows.push(row);
      row = "";
    }
    row += row === "" ? entry : ` ${entry}`;
  }
  return [...rows, row].join("\n");
}
