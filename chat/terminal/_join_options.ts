import { parseArgs } from "node:util";
import { parseChatAddress } from "../client/_chat_address.ts";

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
export function joinHelp(): string {
  return [
    "Joins a chat from the terminal.",
    "",
    "Usage: deno task chat:join [OPTIONS] [ADDRESS]",
    "",
    "ADDRESS is a ws:, wss:, http: or https: URL, or HOST for the WebSocket at",
    "port 2021; or HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT for TCP and TLS.",
    `(default: ${DEFAULT_ADDRESS})`,
    "",
    "Options:",
    "  --nick NAME       your nickname (default: it asks)",
    "  --room ROOM       a room to enter; may be given several times",
    "  -h, --help        shows this help",
    "",
    "In a pipe, it sends each line of its input and ends when the server has",
    "taken them all: echo hi | deno task chat:join --nick bob",
    "",
    "Exit codes: 0 left as asked; 1 could not connect, lost the connection or was",
    "refused; 2 wrong option; 130 cut by Ctrl+C.",
  ].join("\n");
}
