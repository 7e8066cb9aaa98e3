/**
 * The header fields of one message, as they were received: names in lower case,
 * values with one character per byte, repeated fields separate.
 */
export class HeaderFields {
  // A Map, so that a field named "__proto__" is a field like any other.
  readonly #values = new Map<string, string[]>();
  #size = 0;

  /** How many fields there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a field. */
  add(name: string, value: string): void {
    const key = name.toLowerCase();
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, [value]);
    else values.push(value);
    this.#size++;
  }

  /** How often a field occurs. */
  count(name: string): number {
    return this.#values.get(name)?.length ?? 0;
  }

  /** The value of a field; repeated fields are joined by HTTP's rules. */
  get(name: string): string | undefined {
    const values = this.#values.get(name);
    return values && joinValues(name, values);
  }

  /** The value of a field that occurs exactly once. */
  single(name: string): string | undefined {
    const values = this.#values.get(name);
    return values?.length === 1 ? values[0] : undefined;
  }

  /** The same fields as the platform's `Headers`. */
  toHeaders(): Headers {
    const headers = new Headers();
    for (const [name, values] of this.#values) {
      if (name === "cookie") headers.append(name, joinValues(name, values));
      else for (const value of values) headers.append(name, value);
    }
    return headers;
  }

  /** The same fields as one string, one per line: no value has a line end. */
  toLines(): string {
    const lines: string[] = [];
    for (const [name, values] of this.#values) {
      for (const value of values) lines.push(`${name}:${value}`);
    }
    return lines.join("\n");
  }
}

/**
 * Joins the values of a repeated field: by commas, those of `Cookie` by
 * semicolons (RFC 9113 section 8.2.3).
 *
 * @param name The name of the field, in lower case.
 * @param values The values in their order.
 */
export function joinValues(name: string, values: readonly string[]): string {
  return values.join(name === "cookie" ? "; " : ", ");
}

/**
 * Header fields in little memory, as most connections never read them again.
 */
export class PackedFields {
  readonly #lines: string;

  /** Packs fields, which stay usable. */
  constructor(fields: HeaderFields) {
    this.#lines = fields.toLines();
  }

  /** The same fields as an object. */
  unpack(): HeaderFields {
    const fields = new HeaderFields();
    if (this.#lines === "") return fields;
    for (const line of this.#lines.split("\n")) {
      const colon = line.indexOf(":");
      fields.add(line.slice(0, colon), line.slice(colon + 1));
    }
    return fields;
  }

  /** The same fields as the platform's `Headers`. */
  toHeaders(): Headers {
    return this.unpack().toHeaders();
  }
}
