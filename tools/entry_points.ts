// Prints the files behind the package's exports, for tasks that want them all.

import { readEntryPoints } from "./api_snapshot.ts";

console.log(readEntryPoints().map(({ path }) => path).join(" "));
