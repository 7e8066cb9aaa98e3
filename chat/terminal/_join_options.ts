import { parseArgs } from "node:util";
import { parseChatAddress } from "../client/_chat_address.ts";
import type { Texts } from "../text/_texts.ts";

/** The parsed arguments of the terminal program. */
export type JoinInvocation =
  | {
    readonly type: "join";
    readonly address: string;
    readonly nickname: string | undefined;
    readonly rooms: readonly string[];
  }
  | { readonly type: "help" }
  | { readonly type: "error"; readonly message: string };

const DEFAULT_ADDRESS = "ws://127.0.0.1:2021";

/** Reads the arguments; `--` before them is passed over. */
export function parseJoinArgs(args: readonly string[]): JoinInvocation {
  try {
    const { values, positionals } = parseArgs({
      args: args[0] === "--" ? args.slice(1) : [...args],
      allowPositionals: true,
      options: {
        "nick": { type: "string" },
        "room": { type: "string", multiple: true },
        "help": { type: "boolean", short: "h" },
      },
    });
    if (values.help) return { type: "help" };
    if (positionals.length > 1) {
      throw new SyntaxError("Cannot join two addresses at once: expected one");
    }
    const [address = DEFAULT_ADDRESS] = positionals;
    parseChatAddress(address);
    const { nick: nickname, room: rooms = [] } = values;
    for (
      const name of [...(nickname === undefined ? [] : [nickname]), ...rooms]
    ) {
      if (/^\S+$/.test(name)) continue;
      throw new SyntaxError(
        `Cannot use the name "${name}": expected one word`,
      );
    }
    return { type: "join", address, nickname, rooms };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [line = ""] = error.message.split("\n");
    const message = (line.split(". ")[0] ?? line).replace(/[.]$/, "");
    return { type: "error", message: message.replaceAll("'", '"') };
  }
}

/** The text for `--help`. */
export function joinHelp(texts: Texts): string {
  return texts.get("term.help", { address: DEFAULT_ADDRESS });
}
