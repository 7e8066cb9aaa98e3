const BEGIN = "<!-- results: begin -->";
const END = "<!-- results: end -->";

/**
 * Puts a text between the markers of another, in place of what was there.
 *
 * @throws {SyntaxError} If the markers are not there.
 */
export function replaceResults(readme: string, results: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END, begin);
  if (begin === -1 || end === -1) {
    throw new SyntaxError(
      `Cannot write the results into the text: expected "${BEGIN}" and "${END}"`,
    );
  }
  const head = readme.slice(0, begin + BEGIN.length);
  return `${head}\n\n${results}\n\n${readme.slice(end)}`;
}
