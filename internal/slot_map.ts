/** So many places may be free, beside as many as are taken. */
const MAX_FREE = 64;

/**
 * A map for short-lived values, such as connections.
 *
 * V8 gives a `Map` or a `Set` a new table each time that enough of the old one
 * has been deleted. The old one still holds its values, and points to the new
 * one. So once one of them has grown old, all that ever are in those behind
 * it survive until the next full collection: each connection that is over would
 * be copied twice, and then lie about. Here the table has numbers only, those of
 * the places where the values are, and a place is cleared when its value goes.
 *
 * @typeParam K The keys: they stay in old tables, so they are no objects.
 * @typeParam V The values.
 */
export class SlotMap<K extends string | number, V extends object>
  implements ReadonlyMap<K, V> {
  readonly #places = new Map<K, number>();
  #slots: (V | undefined)[] = [];
  /** The places that are free. */
  readonly #free: number[] = [];
  /** How many go through the places now: until they are done, none moves. */
  #walks = 0;

  /** How many values there are. */
  get size(): number {
    return this.#places.size;
  }

  /** Puts a value in, in place of the one that the key had. */
  set(key: K, value: V): void {
    const place = this.#places.get(key) ?? this.#free.pop() ??
      this.#slots.length;
    this.#places.set(key, place);
    this.#slots[place] = value;
  }

  /** Whether a key has a value. */
  has(key: K): boolean {
    return this.#places.has(key);
  }

  /** The value of a key. */
  get(key: K): V | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#slots[place];
  }

  /** Takes the value of a key out, and tells whether it had one. */
  delete(key: K): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    this.#slots[place] = undefined;
    this.#free.push(place);
    const isSparse = this.#free.length > this.size + MAX_FREE;
    if (isSparse && this.#walks === 0) this.#compact();
    return true;
  }

  /**
   * Calls back for each value, in no order: the fastest way to go through all. A
   * value that is taken out meanwhile is not visited; one that is put in may be.
   */
  each(call: (value: V) => void): void {
    this.#walks++;
    try {
      const slots = this.#slots;
      for (let place = 0; place < slots.length; place++) {
        const value = slots[place];
        if (value !== undefined) call(value);
      }
    } finally {
      this.#walks--;
    }
  }

  /** Calls back for each pair, in the order in which the keys were put in. */
  forEach(
    call: (value: V, key: K, map: ReadonlyMap<K, V>) => void,
    thisArgument?: unknown,
  ): void {
    for (const [key, value] of this) call.call(thisArgument, value, key, this);
  }

  /** The pairs, in the order in which the keys were put in. */
  *entries(): MapIterator<[K, V]> {
    for (const [key, place] of this.#places) {
      yield [key, this.#slots[place] as V];
    }
  }

  /** The keys, in the order in which they were put in. */
  keys(): MapIterator<K> {
    return this.#places.keys();
  }

  /** The values, in the order in which their keys were put in. */
  *values(): MapIterator<V> {
    for (const place of this.#places.values()) yield this.#slots[place] as V;
  }

  /** The pairs: see {@linkcode SlotMap.entries}. */
  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  /** Shows it as a map, in logs. */
  [Symbol.for("Deno.customInspect")](
    inspect: (value: unknown, options: unknown) => string,
    options: unknown,
  ): string {
    return inspect(new Map(this), options);
  }

  /** Moves all together, so that going through them takes no longer than needed. */
  #compact(): void {
    const old = this.#slots;
    this.#slots = [];
    for (const [key, place] of this.#places) {
      this.#places.set(key, this.#slots.push(old[place]) - 1);
    }
    this.#free.length = 0;
    // It may have grown old, too.
    old.fill(undefined);
  }
}
