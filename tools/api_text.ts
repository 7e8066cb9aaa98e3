// The public API of a module as text: what `deno doc --json` knows of it,
// without comments, places and bodies, in an order that does not depend on the
// source. One line a member, so that a change of the API is a change of a line.

/** A type, as `deno doc` describes it. */
type TypeNode =
  | { readonly kind: "keyword" | "typeQuery"; readonly value: string }
  | { readonly kind: "this" }
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "typeRef"; readonly value: Reference }
  | {
    readonly kind: "typeOperator";
    readonly value: { readonly operator: string; readonly tsType: TypeNode };
  }
  | {
    readonly kind: "array" | "parenthesized" | "optional" | "rest";
    readonly value: TypeNode;
  }
  | {
    readonly kind: "tuple" | "union" | "intersection";
    readonly value: readonly TypeNode[];
  }
  | {
    readonly kind: "indexedAccess";
    readonly value: {
      readonly objType: TypeNode;
      readonly indexType: TypeNode;
    };
  }
  | { readonly kind: "fnOrConstructor"; readonly value: FunctionType }
  | { readonly kind: "typeLiteral"; readonly value: Definition };

type Literal =
  | { readonly kind: "string"; readonly string: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "boolean"; readonly boolean: boolean };

interface Reference {
  readonly typeName: string;
  readonly typeParams?: readonly TypeNode[];
}

interface FunctionType {
  readonly constructor: boolean;
  readonly params: readonly Param[];
  readonly tsType: TypeNode;
}

interface Param {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly tsType?: TypeNode;
  readonly left?: Param;
  readonly arg?: Param;
}

interface TypeParam {
  readonly name: string;
  readonly constraint?: TypeNode;
  readonly default?: TypeNode;
}

interface Signature {
  readonly params: readonly Param[];
  readonly returnType?: TypeNode;
  readonly typeParams?: readonly TypeParam[];
}

interface Member {
  readonly name: string;
  readonly kind?: string;
  readonly accessibility?: "private" | "protected";
  readonly isStatic?: boolean;
  readonly isAbstract?: boolean;
  readonly readonly?: boolean;
  readonly optional?: boolean;
  readonly tsType?: TypeNode;
  readonly returnType?: TypeNode;
  readonly params?: readonly Param[];
  readonly typeParams?: readonly TypeParam[];
  readonly functionDef?: Signature;
}

interface Definition extends Signature {
  readonly tsType?: TypeNode;
  readonly kind?: string;
  readonly isAbstract?: boolean;
  readonly extends?: string | readonly TypeNode[];
  readonly superTypeParams?: readonly TypeNode[];
  readonly implements?: readonly TypeNode[];
  readonly constructors?: readonly Member[];
  readonly properties?: readonly Member[];
  readonly methods?: readonly Member[];
}

interface Declaration {
  readonly kind: string;
  readonly def: Definition;
}

/** What `deno doc --json` prints, as far as it is used. */
export interface DocJson {
  readonly version: number;
  readonly nodes: Record<string, {
    readonly symbols: readonly {
      readonly name: string;
      readonly declarations: readonly Declaration[];
    }[];
  }>;
}

/**
 * Writes the API of a module as text.
 *
 * @param doc What `deno doc --json` prints for it.
 * @param detail Whether with members and signatures, or only names and kinds.
 */
export function toApiText(doc: DocJson, detail: "full" | "names"): string {
  if (doc.version !== 2) {
    throw new Error(
      `Cannot read the JSON of deno doc: expected version 2, found ${doc.version}`,
    );
  }
  const blocks: string[] = [];
  for (const { symbols } of Object.values(doc.nodes)) {
    for (const { name, declarations } of symbols) {
      for (const { kind, def } of declarations) {
        blocks.push(
          detail === "full"
            ? describe(name, kind, def)
            : `${word(kind)} ${name}`,
        );
      }
    }
  }
  return blocks.sort(compareBlocks).join("\n") + "\n";
}

/** Kinds that go by another word in the source. */
function word(kind: string): string {
  if (kind === "typeAlias") return "type";
  return kind === "variable" ? "const" : kind;
}

function describe(name: string, kind: string, def: Definition): string {
  switch (kind) {
    case "function":
      return `function ${name}${signature(def)}`;
    case "variable":
      return `${def.kind} ${name}: ${type(def.tsType)}`;
    case "typeAlias":
      return `type ${name}${typeParams(def.typeParams)} = ${type(def.tsType)}`;
    case "class":
      return [classHead(name, def), ...members(def)].join("\n");
    case "interface":
      return [interfaceHead(name, def), ...members(def)].join("\n");
    case "namespace":
      return `namespace ${name}`;
  }
  throw unknownKind(`declaration of ${name}`, { kind });
}

function classHead(name: string, def: Definition): string {
  const parent = typeof def.extends === "string"
    ? ` extends ${def.extends}${typeArgs(def.superTypeParams)}`
    : "";
  const abstract = def.isAbstract ? "abstract " : "";
  const contracts = list(" implements ", def.implements ?? []);
  return `${abstract}class ${name}${
    typeParams(def.typeParams)
  }${parent}${contracts}`;
}

function interfaceHead(name: string, def: Definition): string {
  const parents = Array.isArray(def.extends) ? def.extends : [];
  return `interface ${name}${typeParams(def.typeParams)}${
    list(" extends ", parents)
  }`;
}

function members(def: Definition): string[] {
  const lines: string[] = [];
  for (const member of def.constructors ?? []) {
    if (isPublic(member)) lines.push(`new (${params(member.params ?? [])})`);
  }
  for (const member of def.properties ?? []) {
    if (isPublic(member)) lines.push(modifiers(member) + property(member));
  }
  for (const member of def.methods ?? []) {
    if (isPublic(member)) lines.push(modifiers(member) + method(member));
  }
  return lines.map((line) => `  ${line}`).sort(compareBlocks);
}

function isPublic({ accessibility }: Member): boolean {
  return accessibility !== "private" && accessibility !== "protected";
}

function modifiers({ isStatic, isAbstract }: Member): string {
  return (isStatic ? "static " : "") + (isAbstract ? "abstract " : "");
}

function property(member: Member): string {
  const readonly = member.readonly ? "readonly " : "";
  const optional = member.optional ? "?" : "";
  return `${readonly}${member.name}${optional}: ${type(member.tsType)}`;
}

function method(member: Member): string {
  const { name, kind, optional } = member;
  const def: Signature = member.functionDef ?? {
    params: member.params ?? [],
    returnType: member.returnType,
    typeParams: member.typeParams,
  };
  if (kind === "getter") return `get ${name}(): ${type(def.returnType)}`;
  if (kind === "setter") return `set ${name}(${params(def.params)})`;
  return `${name}${optional ? "?" : ""}${signature(def)}`;
}

function signature(def: Signature): string {
  return `${typeParams(def.typeParams)}(${params(def.params)}): ${
    type(def.returnType)
  }`;
}

function params(list: readonly Param[]): string {
  return list.map(param).join(", ");
}

function param(given: Param): string {
  switch (given.kind) {
    case "identifier":
      return `${given.name}${given.optional ? "?" : ""}: ${type(given.tsType)}`;
    case "assign":
      if (given.left === undefined) break;
      return param({ ...given.left, optional: true });
    case "rest":
      if (given.arg === undefined) break;
      return `...${
        param({ ...given.arg, tsType: given.tsType ?? given.arg.tsType })
      }`;
    case "object":
    case "array":
      return `options${given.optional ? "?" : ""}: ${type(given.tsType)}`;
  }
  throw unknownKind("parameter", given);
}

function typeParams(list: readonly TypeParam[] = []): string {
  if (list.length === 0) return "";
  const texts = list.map((given) =>
    given.name +
    (given.constraint ? ` extends ${type(given.constraint)}` : "") +
    (given.default ? ` = ${type(given.default)}` : "")
  );
  return `<${texts.join(", ")}>`;
}

function typeArgs(list: readonly TypeNode[] = []): string {
  return list.length === 0 ? "" : `<${list.map(type).join(", ")}>`;
}

function list(before: string, types: readonly TypeNode[]): string {
  return types.length === 0 ? "" : before + types.map(type).join(", ");
}

function type(node: TypeNode | undefined): string {
  if (node === undefined) return "unwritten";
  switch (node.kind) {
    case "keyword":
      return node.value;
    case "typeQuery":
      return `typeof ${node.value}`;
    case "this":
      return "this";
    case "literal":
      return literal(node.value);
    case "typeRef":
      return node.value.typeName + typeArgs(node.value.typeParams);
    case "typeOperator":
      return `${node.value.operator} ${type(node.value.tsType)}`;
    case "array":
      return `${type(node.value)}[]`;
    case "parenthesized":
      return `(${type(node.value)})`;
    case "optional":
      return `${type(node.value)}?`;
    case "rest":
      return `...${type(node.value)}`;
    case "tuple":
      return `[${node.value.map(type).join(", ")}]`;
    case "union":
      return node.value.map(type).join(" | ");
    case "intersection":
      return node.value.map(type).join(" & ");
    case "indexedAccess":
      return `${type(node.value.objType)}[${type(node.value.indexType)}]`;
    case "fnOrConstructor":
      return functionType(node.value);
    case "typeLiteral":
      return `{ ${members(node.value).map((line) => line.trim()).join("; ")} }`;
    default:
      throw unknownKind("type", node);
  }
}

function literal(value: Literal): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.string);
    case "number":
      return String(value.number);
    case "boolean":
      return String(value.boolean);
    default:
      throw unknownKind("literal", value);
  }
}

/** What a later version of \`deno doc\` may bring. */
function unknownKind(what: string, { kind }: { readonly kind: string }): Error {
  return new Error(`Cannot describe a ${what} of kind "${kind}"`);
}

function functionType(value: FunctionType): string {
  const made = value.constructor ? "new " : "";
  return `${made}(${params(value.params)}) => ${type(value.tsType)}`;
}

/** Sorts by the name, then by the rest; the order of code units is the same everywhere. */
function compareBlocks(a: string, b: string): number {
  const [left, right] = [nameOf(a), nameOf(b)];
  if (left !== right) return left < right ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf(block: string): string {
  const pattern =
    /^\s*(?:(?:static|abstract|readonly|class|interface|type|const|function|namespace|get|set) )*(\[[^\]]+\]|new\b|\w+)/;
  return pattern.exec(block)?.[1] ?? block;
}
