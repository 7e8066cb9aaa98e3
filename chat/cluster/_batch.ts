import { utf8Length } from "../../internal/bytes/utf8_length.ts";
import type { ChatEntry } from "../room/log/_chat_entry.ts";
import { entryFault } from "./_entry_checks.ts";
import { readObject } from "./_read_object.ts";

/** The version of the format. */
const VERSION = 1;

/** The most entries of a batch. */
export const MAX_ENTRIES = 1_000;

/** Ids of entries per sequence number: more than a batch has entries. */
const IDS_PER_BATCH = 1_024;

const ENCODER = new TextEncoder();

/** The advice to the operator of a server about a batch that it can't read. */
const ADVICE = {
  unknown:
    "a server with a newer version of the program has stored it, to which this one has to be upgraded",
  damaged:
    "if no version of the program can read it, all servers have to skip it",
} as const;

/** Entries that one server proposes at once: a message of the log. */
export interface Batch {
  /** The server, by a name that is new for each start. */
  readonly origin: string;
  /** The number of the batch among those of the server, from 1. */
  readonly n: number;
  /** One or more entries, in order. */
  readonly entries: readonly ChatEntry[];
}

/**
 * Bytes that are no batch of this version. The state can't be kept equal to that
 * of other servers, which may have read them.
 */
export class BatchError extends Error {
  override readonly name = "BatchError";
  /**
   * `"unknown"` for a version or an entry that a later version of the program may
   * have, and `"damaged"` otherwise.
   */
  readonly code: "unknown" | "damaged";
  /** The value that was found, and the one that is expected. */
  readonly fault: string;

  /** @param sequence The sequence number of the batch, if it is known. */
  constructor(code: BatchError["code"], fault: string, sequence?: number) {
    super(
      sequence === undefined
        ? `Cannot read a batch: ${fault}`
        : `Cannot apply batch ${sequence} of the cluster's log: ${fault}; ${
          ADVICE[code]
        }`,
    );
    this.code = code;
    this.fault = fault;
  }
}

/** The id of an entry: in all batches together, ids rise. */
export function entryId(sequence: number, index: number): number {
  return sequence * IDS_PER_BATCH + index + 1;
}

/**
 * Encodes an entry, of which {@linkcode encodeBatch} makes batches.
 *
 * @throws {TypeError} If {@linkcode decodeBatch} would not accept it: it would
 * stop all servers.
 */
export function encodeEntry(entry: ChatEntry): string {
  const fault = entryFault(entry);
  if (fault === undefined) return JSON.stringify(entry);
  throw new TypeError(`Cannot propose an entry to the cluster: ${fault.text}`);
}

/** Encodes a batch of encoded entries. */
export function encodeBatch(
  origin: string,
  n: number,
  entries: readonly string[],
): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(`${headOf(origin, n)}${entries.join(",")}]}`);
}

/** The bytes of a batch without entries; each entry adds a comma. */
export function batchOverhead(origin: string, n: number): number {
  return utf8Length(headOf(origin, n)) + 2;
}

/**
 * Decodes a batch.
 *
 * @throws {BatchError} If the bytes are none.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  const { v, origin, n, entries, ...others } = readObject(bytes, damaged);
  if (!Number.isSafeInteger(v)) throw damaged("expected a version");
  if (v !== VERSION) {
    throw new BatchError("unknown", `found version ${v}, expected ${VERSION}`);
  }
  if (typeof origin !== "string" || !origin.isWellFormed() || origin === "") {
    throw damaged("expected an origin");
  }
  if (!Number.isSafeInteger(n) || Number(n) < 1) {
    throw damaged("expected a number from 1");
  }
  if (
    !Array.isArray(entries) || entries.length === 0 ||
    entries.length > MAX_ENTRIES
  ) {
    throw damaged(`expected 1 to ${MAX_ENTRIES} entries`);
  }
  if (Object.keys(others).length > 0) throw damaged("unknown members");
  for (const entry of entries) {
    const fault = entryFault(entry);
    if (fault === undefined) continue;
    throw new BatchError(fault.code, `${fault.text} of server "${origin}"`);
  }
  return { origin, n: Number(n), entries };
}

function headOf(origin: string, n: number): string {
  return `{"v":${VERSION},"origin":${JSON.stringify(origin)},"n":${n},` +
    `"entries":[`;
}

function damaged(fault: string): BatchError {
  return new BatchError("damaged", fault);
}
