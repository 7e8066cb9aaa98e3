/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Whether the list ends with it. */
  readonly isLast: boolean;
}

/**
 * Reads pages of a list until there are enough items, or no more.
 *
 * @param limit The most items; without one, a single page is read.
 * @param pageSize The most items of a page.
 * @param read Reads up to `count` items that follow the earlier ones.
 */
export async function readPages<T>(
  limit: number | undefined,
  pageSize: number,
  read: (earlier: readonly T[], count?: number) => Promise<Page<T>>,
): Promise<Page<T>> {
  if (limit === undefined) return await read([]);
  const items: T[] = [];
  while (true) {
    const count = Math.min(limit - items.length, pageSize);
    const page = await read(items, count);
    items.push(...page.items);
    const isEnough = items.length >= limit || page.items.length === 0;
    if (page.isLast || isEnough) return { items, isLast: page.isLast };
  }
}
