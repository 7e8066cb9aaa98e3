import { isBytes, isDetached } from "../../internal/bytes/bytes.ts";
import { Broadcast } from "../frame/_broadcast.ts";
import { OPCode } from "../opcode.ts";
import { Client } from "./client.ts";
import type { BroadcastOptions } from "./server_options.ts";

/** A message to all clients but some. */
interface PreparedBroadcast {
  readonly broadcast: Broadcast;
  /** Whether a client does not get it. */
  readonly skips: (client: Client) => boolean;
}

/** Checks the arguments of `broadcast`, and encodes the message. */
export function prepareBroadcast(
  data: string | Uint8Array,
  options: BroadcastOptions,
): PreparedBroadcast {
  const isText = typeof data === "string";
  if (!isText && (!isBytes(data) || isDetached(data))) {
    throw new TypeError(
      `Cannot broadcast a message of type ${typeof data}: expected a string or a Uint8Array`,
    );
  }
  const { except, opcode = isText ? OPCode.textFrame : OPCode.binaryFrame } =
    options;
  if (opcode !== OPCode.textFrame && opcode !== OPCode.binaryFrame) {
    throw new RangeError(
      `Cannot broadcast with opcode ${opcode}: expected textFrame or binaryFrame`,
    );
  }
  const left = except === undefined || except instanceof Client
    ? undefined
    : toClients(except);
  return {
    broadcast: new Broadcast(opcode, data),
    skips: (client) => client === except || left?.has(client) === true,
  };
}

/** The clients that get no broadcast. */
function toClients(except: Iterable<Client>): ReadonlySet<Client> {
  const isList = typeof except === "object" && except !== null &&
    Symbol.iterator in except;
  const clients = new Set(isList ? except : []);
  const isGood = isList &&
    clients.values().every((client) => client instanceof Client);
  if (isGood) return clients;
  throw new TypeError(
    "Cannot use except: expected a Client, or clients in an array or a Set",
  );
}
