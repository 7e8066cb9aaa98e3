import { dropOldest } from "../../_drop_oldest.ts";
import { LIMITS } from "../_limits.ts";

/** The user whose session a link joins. */
interface DeviceLink {
  readonly user: number;
  /** In milliseconds since the epoch. */
  readonly until: number;
}

/** The secrets by which other devices join sessions, each once. */
export class DeviceLinks {
  /** By key, the oldest first. */
  readonly #links = new Map<string, DeviceLink>();

  /** Adds a link, in place of the one that the user had. */
  add(key: string, link: DeviceLink): void {
    for (const [other, { user }] of this.#links) {
      if (user === link.user) this.#links.delete(other);
    }
    this.#links.set(key, link);
    dropOldest(this.#links, LIMITS.links);
  }

  /** The user whose session a link joins. */
  find(key: string, now: number): number | undefined {
    const link = this.#links.get(key);
    return link !== undefined && link.until > now ? link.user : undefined;
  }

  /** Uses a link up, and returns the user whose session it joins. */
  take(key: string, now: number): number | undefined {
    const user = this.find(key, now);
    this.#links.delete(key);
    return user;
  }

  /** All links that are valid after a time. */
  save(now: number): (readonly [key: string, user: number, until: number])[] {
    return [...this.#links].flatMap(([key, { user, until }]) =>
      until > now ? [[key, user, until] as const] : []
    );
  }
}
