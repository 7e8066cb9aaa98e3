import { isLoopback } from "../../internal/address/address_key.ts";
import { Invitations, linkOf } from "../server/access/_invitations.ts";
import type { ChatAccessOptions } from "../server/access/chat_access_options.ts";
import {
  openSqliteInvitations,
  type SqliteInvitations,
} from "../server/access/_sqlite_invitations.ts";
import type { ServeInvocation } from "./_invocation.ts";
import type {
  InvitationPlace,
  InviteInvocation,
  RevokeInvocation,
} from "./_invite_invocation.ts";
import type { OpenInvitations } from "./_open_cluster.ts";
import {
  explainData,
  openBrokerInvitations,
  type ProgramCluster,
  readPassword,
} from "./_program_files.ts";

/** Access to the server of the program. */
export interface ProgramAccess {
  readonly options: ChatAccessOptions;
  /** Whether the port for lines must stay closed. */
  readonly closesLines: boolean;
  /** Closes the invitations, if there are some. */
  readonly store: Disposable | undefined;
}

/**
 * Reads the password, and opens the invitations.
 *
 * @throws If a file can't be used, or the password with the other options.
 */
export async function openAccess(
  { options, files, access }: ServeInvocation,
  cluster?: Pick<ProgramCluster, "openInvitations">,
): Promise<ProgramAccess> {
  const { open, inviteOnly, userHeader } = access;
  const password = readPassword(files);
  if (password !== undefined && (open || inviteOnly)) {
    throw new SyntaxError(
      `Cannot use ${
        open ? "--open" : "--invite-only"
      } with a password: expected no CHAT_PASSWORD in the environment`,
    );
  }
  const needsInvitations = inviteOnly ||
    password !== undefined && userHeader === undefined;
  const store = needsInvitations
    ? await openInvitations(files.data, cluster)
    : undefined;
  const isProxied = options.tcp && options.tcp.proxyProtocol !== undefined;
  return {
    options: { password, invitations: store, userHeader },
    closesLines: userHeader !== undefined &&
      !(isProxied && password !== undefined),
    store,
  };
}

/** All servers of a cluster have the same invitations. */
async function openInvitations(
  data: string | undefined,
  cluster: Pick<ProgramCluster, "openInvitations"> | undefined,
) {
  if (cluster !== undefined) return await cluster.openInvitations();
  return data === undefined ? undefined : await openStore(data);
}

/**
 * Explains the access at the start.
 *
 * @param hostname The address that the server listens on.
 */
export function accessNotes(
  { options, files, access, cluster }: ServeInvocation,
  { options: { password, invitations, userHeader }, closesLines }:
    ProgramAccess,
  hostname: string,
): string[] {
  if (userHeader !== undefined) {
    const note = `The proxy signs users in and names them in ${userHeader}.`;
    if (!options.tcp) return [note];
    return closesLines
      ? [
        note,
        "The port for nc and telnet is closed: beside --auth-header, it needs",
        "--proxy-protocol and --password-file.",
      ]
      : [
        note,
        "Users of the port for nc and telnet are not signed in: their nicknames",
        "begin with ~.",
      ];
  }
  if (invitations !== undefined) {
    const secret = password === undefined ? "" : "the password or ";
    return [
      `Users need ${secret}an invitation, which this command makes:`,
      "",
      `    deno task chat invite ${
        cluster === undefined
          ? `--data ${files.data}`
          : cluster.servers.map((server) => `--cluster ${server}`).join(" ")
      } --url URL`,
      "",
    ];
  }
  if (password !== undefined) return ["Users need the password."];
  if (access.open || isLoopback(hostname)) return [];
  return [
    "The chat is open to everybody who can connect: --password-file and",
    "--invite-only limit that, --open confirms it.",
  ];
}

/**
 * Makes an invitation, and returns its link. The server may run: the invitations
 * are in a file of their own, as the chat's is locked.
 *
 * @throws If there is no chat file, or the invitations can't be stored.
 */
export async function invite(
  { place, url, time, uses }: InviteInvocation,
): Promise<string> {
  await using store = await openPlace(place);
  return linkOf(url, await new Invitations(store).create({ time, uses }));
}

/**
 * Ends all invitations and passes, also for a server that runs.
 *
 * @throws If there is no chat file, or the invitations can't be stored.
 */
export async function revoke({ place }: RevokeInvocation): Promise<string> {
  await using store = await openPlace(place);
  await store.clear();
  return "All invitations have ended, and their users can't enter again by them.";
}

/** Opens the invitations of a chat that there is. */
async function openPlace(
  place: InvitationPlace,
): Promise<OpenInvitations | SqliteInvitations> {
  if (place.cluster !== undefined) {
    return await openBrokerInvitations(place.cluster);
  }
  await expectChat(place.data);
  return await openStore(place.data);
}

async function expectChat(data: string): Promise<void> {
  try {
    if ((await Deno.stat(data)).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw explainData(error, data);
    }
  }
  throw new Error(
    `Cannot invite: there is no chat file "${data}" yet; expected that of a server`,
  );
}

/** Opens the file of invitations, which is beside that of the chat. */
async function openStore(data: string) {
  const path = `${data}-invitations`;
  try {
    return await openSqliteInvitations(path);
  } catch (error) {
    throw explainData(error, path);
  }
}
