import { parseArgs } from "node:util";
import { type ChatAddress, parseChatAddress } from "../client/_chat_address.ts";
import type { Language } from "../text/_catalogs.ts";
import type { Texts } from "../text/_texts.ts";

/** A secret that a client gives to be let in. */
export type SecretKind = "password" | "invite" | "link";

/** The parsed arguments of the terminal program. */
export type JoinInvocation =
  | {
    readonly type: "join";
    readonly address: string;
    readonly nickname: string | undefined;
    readonly rooms: readonly string[];
    /** The files of the secrets. */
    readonly files: Readonly<Record<SecretKind, string | undefined>>;
    /** The secret to ask for before anything is dialled. */
    readonly asks: "invite" | "link" | undefined;
    /** The file with the certificates of authorities to trust, too. */
    readonly caFile: string | undefined;
    /** The language that was chosen. */
    readonly language: Language | undefined;
  }
  | { readonly type: "help"; readonly language: Language | undefined }
  | { readonly type: "error"; readonly message: string };

const DEFAULT_ADDRESS = "ws://127.0.0.1:2021";

/** The secrets of `/link`, and those of invitations and passes. */
const TOKEN = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43})$/i;

/** The end of a link with such a secret. */
const TOKEN_FRAGMENT = /#(?:invite|link)=/;

/** Reads the arguments; `--` before them is passed over. */
export function parseJoinArgs(args: readonly string[]): JoinInvocation {
  try {
    const { values, positionals } = parseArgs({
      args: args[0] === "--" ? args.slice(1) : [...args],
      allowPositionals: true,
      options: {
        "nick": { type: "string" },
        "room": { type: "string", multiple: true },
        "password-file": { type: "string" },
        "invite": { type: "boolean" },
        "invite-file": { type: "string" },
        "link": { type: "boolean" },
        "link-file": { type: "string" },
        "tls-ca": { type: "string" },
        "lang": { type: "string" },
        "help": { type: "boolean", short: "h" },
      },
    });
    const language = toLanguage(values.lang);
    if (values.help) return { type: "help", language };
    // Before any address is dialled, or shown in an error.
    for (const text of positionals) refuseSecret(text);
    if (positionals.length > 1) {
      throw new SyntaxError("Cannot join two addresses at once: expected one");
    }
    const [address = DEFAULT_ADDRESS] = positionals;
    const place = parseChatAddress(address);
    const caFile = values["tls-ca"];
    if (caFile !== undefined && !isEncrypted(place)) {
      throw new SyntaxError(
        `Cannot use --tls-ca with the address "${address}": expected one with tls:, wss: or https:`,
      );
    }
    const { nick: nickname, room: rooms = [] } = values;
    for (const name of [nickname, ...rooms]) {
      if (name === undefined || /^\S+$/.test(name)) continue;
      throw new SyntaxError(`Cannot use the name "${name}": expected one word`);
    }
    const ways = ["invite", "invite-file", "link", "link-file"] as const;
    const given = ways.filter((way) => values[way] !== undefined);
    if (given.length > 1) {
      const names = given.map((way) => `--${way}`).join(" and ");
      throw new SyntaxError(`Cannot use ${names} together: expected one`);
    }
    return {
      ...{ type: "join", address, nickname, rooms },
      files: {
        password: values["password-file"],
        invite: values["invite-file"],
        link: values["link-file"],
      },
      asks: values.invite ? "invite" : values.link ? "link" : undefined,
      caFile,
      language,
    };
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

/**
 * Refuses a secret among the arguments: other users of the machine see them in the
 * list of processes, and the shell keeps them in its history.
 */
function refuseSecret(text: string): void {
  if (!TOKEN.test(text) && !TOKEN_FRAGMENT.test(text)) return;
  throw new SyntaxError(
    "Cannot take a secret from the command line, where others can see it: expected --invite or --link, which ask for it, or --invite-file or --link-file",
  );
}

function toLanguage(text: string | undefined): Language | undefined {
  if (text === undefined || text === "en" || text === "zh") return text;
  throw new SyntaxError(`Cannot use --lang "${text}": expected en or zh`);
}

function isEncrypted(address: ChatAddress): boolean {
  return address.kind === "tcp"
    ? address.isTls
    : address.url.startsWith("wss:");
}
