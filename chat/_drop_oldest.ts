/** Drops the oldest keys of a map or a set that has more than it may have. */
export function dropOldest<Key>(
  entries: Map<Key, unknown> | Set<Key>,
  most: number,
): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
