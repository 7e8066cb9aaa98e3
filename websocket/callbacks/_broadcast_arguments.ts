import { checkObject } from "../../internal/wait/wait_options.ts";
import { checkMessage, opcodeOf } from "../engine/_message_data.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";

/**
 * The kind of message of data that goes to many, or the one of the options.
 *
 * @param action The operation that fails if it can't be sent, for the message.
 * @throws {TypeError} If the data are neither string nor bytes, or the options no
 * object.
 * @throws {RangeError} If the opcode is not one of a message.
 */
export function opcodeFor(
  action: "broadcast" | "publish",
  data: string | Uint8Array,
  options: { readonly opcode?: unknown },
): DataOpcode {
  const error = checkMessage(data, action);
  if (error !== undefined) throw error;
  checkObject(options);
  const { opcode: given } = options;
  if (given === undefined) return opcodeOf(data);
  if (given === OPCode.textFrame || given === OPCode.binaryFrame) return given;
  throw new RangeError(
    `Cannot ${action} with opcode ${
      String(given)
    }: expected textFrame or binaryFrame`,
  );
}

/**
 * The connections that do not get a message.
 *
 * @param isConn Tells whether a value is a connection of the kind that is meant.
 * @param expected The kind, for the message.
 * @throws {TypeError} If there is anything else.
 */
export function toExcluded<C>(
  except: C | Iterable<C> | undefined,
  isConn: (value: unknown) => value is C,
  expected: string,
): ReadonlySet<C> | undefined {
  if (except === undefined) return undefined;
  if (isConn(except)) return new Set([except]);
  const isList = typeof except === "object" && except !== null &&
    Symbol.iterator in except;
  const conns = new Set(isList ? except : []);
  if (isList && conns.values().every(isConn)) return conns;
  throw new TypeError(
    `Cannot use except: expected ${expected} in an array or a Set`,
  );
}
