/** A room as users read it: with `#`, but for the lobby. */
export function roomLabel(room: string, home: string): string {
  return room === home ? room : `#${room}`;
}
