/**
 * The header fields of one message, as they were received: names in lower case,
 * values as bytes in a string, repeated fields apart.
 */
export class HeaderFields {
  // A Map, so that a field named "__proto__" is a field like any other.
  #values: Map<string, string[]> | undefined = new Map();
  /** The fields as lines while there is no map. */
  #text = "";
  #size = 0;

  /** How many fields there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a field. */
  add(name: string, value: string): void {
    put(this.#open(), name.toLowerCase(), value);
    this.#size++;
  }

  /** How often a field is there. */
  count(name: string): number {
    return this.#open().get(name)?.length ?? 0;
  }

  /** The value of a field, repeated ones joined by commas. */
  get(name: string): string | undefined {
    return this.#open().get(name)?.join(", ");
  }

  /** The value of a field that is there exactly once. */
  single(name: string): string | undefined {
    const values = this.#open().get(name);
    return values?.length === 1 ? values[0] : undefined;
  }

  /** The same fields as the platform's `Headers`. */
  toHeaders(): Headers {
    const headers = new Headers();
    for (const [name, values] of this.#open()) {
      for (const value of values) headers.append(name, value);
    }
    return headers;
  }

  /**
   * Takes as little memory as may be until the next call: what a connection
   * keeps of its handshake is seldom looked at again.
   */
  compact(): void {
    if (this.#values === undefined) return;
    const lines: string[] = [];
    for (const [name, values] of this.#values) {
      for (const value of values) lines.push(`${name}:${value}`);
    }
    // No field has a line end in it.
    this.#text = lines.join("\n");
    this.#values = undefined;
  }

  #open(): Map<string, string[]> {
    if (this.#values !== undefined) return this.#values;
    this.#values = new Map();
    if (this.#text === "") return this.#values;
    for (const line of this.#text.split("\n")) {
      const colon = line.indexOf(":");
      put(this.#values, line.slice(0, colon), line.slice(colon + 1));
    }
    this.#text = "";
    return this.#values;
  }
}

function put(
  map: Map<string, string[]>,
  name: string,
  value: string,
): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}
