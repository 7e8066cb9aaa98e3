import { parseArgs } from "node:util";
import { type BrokerAddress, checkBrokers } from "./_cluster_address.ts";

/** The place of the invitations of a chat. */
export type InvitationPlace =
  | {
    /** The file of the chat. */
    readonly data: string;
    readonly cluster?: undefined;
  }
  | {
    /** The broker of the chat's servers. */
    readonly cluster: BrokerAddress;
  };

/** The request to make an invitation. */
export interface InviteInvocation {
  readonly type: "invite";
  readonly place: InvitationPlace;
  /** The address of the chat's page. */
  readonly url: URL;
  /** Milliseconds that the invitation is valid. */
  readonly time: number;
  /** How often it can be used. */
  readonly uses: number;
}

/** The request to end all invitations and passes. */
export interface RevokeInvocation {
  readonly type: "revoke";
  readonly place: InvitationPlace;
}

/** Milliseconds of each unit of time. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const MAX_DAYS = 365;
const MAX_USES = 1000;

/** The help for the options of `invite`. */
export const INVITE_HELP: readonly string[] = [
  "Invitations: deno task chat invite --data FILE --url URL [OPTIONS]",
  "prints a link, which nobody can read again; the server may run meanwhile.",
  "URL is the address of the chat's page. --for 7d is how long the link is valid",
  "(30m, 12h, 7d), and --uses 1 how many users it lets in. A user who has entered",
  "by a link can enter again for 30 days. --data FILE --revoke ends all links, and",
  "the right of their users to enter again. For several servers, --cluster and its",
  "options, as of the servers, take the place of --data.",
];

/**
 * Reads the arguments behind `invite`.
 *
 * @throws If they are not valid.
 */
export function parseInvite(
  args: readonly string[],
): InviteInvocation | RevokeInvocation | { readonly type: "help" } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string" },
      cluster: { type: "string", multiple: true },
      "cluster-stream": { type: "string" },
      "cluster-credentials": { type: "string" },
      "cluster-ca": { type: "string" },
      url: { type: "string" },
      for: { type: "string", default: "7d" },
      uses: { type: "string", default: "1" },
      revoke: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { type: "help" };
  const { url = "" } = values;
  const place = toPlace(values);
  if (values.revoke) return { type: "revoke", place };
  return {
    type: "invite",
    place,
    url: toUrl(url),
    time: toTime(values.for),
    uses: toUses(values.uses),
  };
}

function toPlace(
  { data = "", cluster, ...others }: {
    readonly data?: string;
    readonly cluster?: readonly string[];
    readonly "cluster-stream"?: string;
    readonly "cluster-credentials"?: string;
    readonly "cluster-ca"?: string;
  },
): InvitationPlace {
  if ((data === "") === (cluster === undefined)) {
    throw new SyntaxError(
      "Cannot invite: expected --data FILE, as of the server, or --cluster URL, as of all servers",
    );
  }
  if (cluster === undefined) return { data };
  checkBrokers(cluster);
  return {
    cluster: {
      servers: cluster,
      stream: others["cluster-stream"],
      credentialsFile: others["cluster-credentials"],
      caFile: others["cluster-ca"],
    },
  };
}

function toUrl(text: string): URL {
  const url = URL.parse(text);
  const isPage = url?.protocol === "https:" || url?.protocol === "http:";
  if (url !== null && isPage && url.username === "") return url;
  throw new SyntaxError(
    `Cannot use --url "${text}": expected the address of the chat's page, such as "https://chat.example.com/"`,
  );
}

function toTime(text: string): number {
  const [, count = "", unit = ""] = /^([0-9]{1,6})([mhd])$/.exec(text) ?? [];
  const time = Number(count) * (UNITS.get(unit) ?? 0);
  if (time > 0 && time <= MAX_DAYS * 86_400_000) return time;
  throw new RangeError(
    `Cannot use --for "${text}": expected a time up to ${MAX_DAYS} days, such as 30m, 12h or 7d`,
  );
}

function toUses(text: string): number {
  const uses = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (uses >= 1 && uses <= MAX_USES) return uses;
  throw new RangeError(
    `Cannot use --uses "${text}": expected a whole number from 1 to ${MAX_USES}`,
  );
}
