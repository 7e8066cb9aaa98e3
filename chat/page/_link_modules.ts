/** Named imports, alone on their lines. */
const IMPORT = /^import \{([^}]*)\} from "([^"]+)";$/gm;

/** The word before a declaration whose name is exported. */
const EXPORT = /^export (?=(?:function|class|const) (\w+))/gm;

/** An import or export in another form, which would fail in the browser. */
const OTHER_FORM = /^\s*(?:import|export)\b.*/m;

/**
 * Links modules into one script, in an order in which each comes after those that
 * it imports. A module becomes a function that returns its exports. Only the two
 * forms of imports and exports above are known.
 *
 * @param entry The path of the module that imports the others.
 * @param sources All modules by path.
 * @throws {Error} If a module is missing, imports itself by way of others, or has
 * an import or export in another form.
 */
export function linkModules(
  entry: string,
  sources: Readonly<Record<string, string>>,
): string {
  const names = new Map<string, string>();
  const linked = new Set<string>();
  const script: string[] = [];
  const link = (path: string): string => {
    const known = names.get(path);
    if (known !== undefined && !linked.has(path)) {
      throw new Error(`Cannot link the page: "${path}" imports itself`);
    }
    if (known !== undefined) return known;
    const source = sources[path];
    if (source === undefined) {
      throw new Error(`Cannot link the page: there is no module "${path}"`);
    }
    const name = `$${names.size}`;
    names.set(path, name);
    const exported: string[] = [];
    const body = source.replaceAll(EXPORT, (_match, name: string) => {
      exported.push(name);
      return "";
    }).replaceAll(IMPORT, (match, list: string, from: string) => {
      // The list becomes a pattern, which renames in another way.
      if (/\sas\s/.test(list)) throw unknownForm(path, match);
      const { pathname } = new URL(from, `file:///${path}`);
      return `const {${list}} = ${link(pathname.slice(1))};`;
    });
    const [other] = body.match(OTHER_FORM) ?? [];
    if (other !== undefined) throw unknownForm(path, other);
    linked.add(path);
    script.push(
      `const ${name} = (() => {\n${body}`,
      `return { ${exported.join(", ")} };\n})();`,
    );
    return name;
  };
  link(entry);
  return script.join("\n");
}

function unknownForm(path: string, statement: string): Error {
  return new Error(
    `Cannot link the page: "${path}" has "${statement.trim()}", expected named imports without "as", or an exported function, class or const`,
  );
}
