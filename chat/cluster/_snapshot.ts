import { readObject } from "./_read_object.ts";
import type { ChatSnapshot } from "./chat_log.ts";
import type { SavedServer } from "./_server_table.ts";

/** The version of the format. */
const VERSION = 1;

const ENCODER = new TextEncoder();

/** The parts of a saved state. */
export interface SnapshotParts {
  /** The state of the chat, as the replica saved it. */
  readonly state: unknown;
  readonly servers: readonly SavedServer[];
}

/** Encodes a saved state. */
export function encodeSnapshot(
  { state, servers }: SnapshotParts,
): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(JSON.stringify({ v: VERSION, servers, state }));
}

/**
 * Decodes a saved state.
 *
 * @throws {Error} If the bytes are none of this version.
 */
export function decodeSnapshot(data: Uint8Array): SnapshotParts {
  const { v, servers, state } = readObject(data, unreadable);
  if (v !== VERSION) {
    throw unreadable(
      `found version ${
        JSON.stringify(v)
      }, expected ${VERSION}; a server with a newer version of the program may have saved it, to which this one has to be upgraded`,
    );
  }
  if (!Array.isArray(servers) || !servers.every(isSavedServer)) {
    throw unreadable("expected a list of servers");
  }
  if (state === undefined) throw unreadable("expected a state");
  return { state, servers };
}

/**
 * Chooses the snapshot to start from: the older one, or none while the log has all
 * its batches. So parts that are not in snapshots, such as histories, begin earlier.
 *
 * @param snapshots At most two, the latest first.
 * @param first The sequence number of the first batch in the log.
 * @throws {Error} If no snapshot goes with the log.
 */
export function chooseSnapshot(
  snapshots: readonly ChatSnapshot[],
  first: number,
): ChatSnapshot | undefined {
  if (first <= 1 && snapshots.length < 2) return undefined;
  const snapshot = snapshots.findLast(({ sequence }) => sequence + 1 >= first);
  if (snapshot !== undefined) return snapshot;
  throw new Error(
    `Cannot join the cluster: its log begins at batch ${first}, and no snapshot of the state before is left`,
  );
}

function isSavedServer(value: unknown): value is SavedServer {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [origin, n, isGone] = value;
  return typeof origin === "string" && Number.isSafeInteger(n) && n >= 0 &&
    typeof isGone === "boolean";
}

function unreadable(fault: string, cause?: unknown): Error {
  return new Error(`Cannot read a snapshot of the chat: ${fault}`, { cause });
}
