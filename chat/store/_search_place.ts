// The words of the column `place` of the search index. They only narrow a search:
// the messages that are found are compared exactly.

/** The word for messages of a room. */
export function placeOfRoom(room: number): string {
  return `r${room}`;
}

/** The word for private messages of an owner; several owners may share it. */
export function placeOfOwner(key: string): string {
  return `o${key.replace(/[^A-Za-z0-9]/g, "")}`;
}
