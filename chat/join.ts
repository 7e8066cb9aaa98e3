/**
 * The chat client for a terminal or a pipe:
 * `deno run --allow-net chat/join.ts`.
 *
 * @module
 */

import { messageOf } from "./terminal/_failure_text.ts";
import type { JoinCredentials } from "./terminal/_join_credentials.ts";
import {
  joinHelp,
  type JoinInvocation,
  parseJoinArgs,
  type SecretKind,
} from "./terminal/_join_options.ts";
import { joinByPipe } from "./terminal/_join_pipe.ts";
import { TerminalSession } from "./terminal/_join_terminal.ts";
import { clean } from "./terminal/_terminal_text.ts";
import type { Language } from "./text/_catalogs.ts";
import { Texts, textsFor } from "./text/_texts.ts";
import { readSecret, readText } from "./_text_files.ts";
import { ChatClient } from "./client/chat_client.ts";

const WRONG_USAGE = 2;

/** Attempts to reconnect in a pipe. */
const PIPE_ATTEMPTS = 5;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const invocation = parseJoinArgs(args);
  switch (invocation.type) {
    case "help":
      console.log(joinHelp(textsIn(invocation.language)));
      return 0;
    case "error":
      return refuse(invocation.message);
    case "join":
      return await join(invocation, textsIn(invocation.language));
  }
}

/** The texts in a language: by default in that of LC_ALL or LANG. */
function textsIn(language: Language | undefined): Texts {
  // The runtime reads the variables, without a permission.
  return language === undefined
    ? textsFor(navigator.languages)
    : new Texts(language);
}

async function join(
  invocation: JoinInvocation & { readonly type: "join" },
  texts: Texts,
): Promise<number> {
  const { address, nickname, rooms, asks, caFile } = invocation;
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (!isTerminal) {
    const fault = faultInPipe(invocation);
    if (fault !== undefined) return refuse(fault);
  }
  let authorities: { caCerts?: string[] } = {};
  const makeClient = (credentials: JoinCredentials) =>
    new ChatClient(address, {
      ...credentials,
      ...authorities,
      ...(isTerminal ? { rooms } : { maxAttempts: PIPE_ATTEMPTS }),
    });
  let credentials: JoinCredentials;
  let client: ChatClient;
  try {
    if (caFile !== undefined) authorities = { caCerts: [readCa(caFile)] };
    credentials = {
      ...(nickname === undefined ? {} : { nickname }),
      ...readSecrets(invocation.files),
    };
    // A wrong nickname is told before the terminal changes its mode.
    client = makeClient(credentials);
  } catch (error) {
    return refuse(clean(messageOf(error)));
  }
  // It is of no use any more.
  await Deno.permissions.revoke({ name: "read" });
  if (isTerminal) {
    const start = { credentials, asks, makeClient };
    return await new TerminalSession(start, texts).run();
  }
  const isLinked = credentials.link !== undefined;
  return await joinByPipe(client, { rooms, isLinked, texts });
}

/** Why it can't work without a terminal, if it can't. */
function faultInPipe(
  { nickname, files, asks }: JoinInvocation & { readonly type: "join" },
): string | undefined {
  if (asks !== undefined) {
    return `Cannot ask for a secret without a terminal: expected --${asks}-file FILE`;
  }
  return nickname === undefined && files.link === undefined
    ? "Cannot ask for a nickname without a terminal: expected --nick NAME"
    : undefined;
}

function refuse(message: string): number {
  console.error(`${message}; --help shows the options`);
  return WRONG_USAGE;
}

/** Reads the certificates of authorities. */
function readCa(path: string): string {
  const text = readText(path);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new SyntaxError(
    `Cannot use --tls-ca "${path}": expected certificates in PEM`,
  );
}

function readSecrets(
  { password, invite, link }: Readonly<Partial<Record<SecretKind, string>>>,
): JoinCredentials {
  return {
    ...password !== undefined &&
      { password: readSecret(password, "the password") },
    ...invite !== undefined && { invite: readSecret(invite, "the invitation") },
    ...link !== undefined && { link: readSecret(link, "the link") },
  };
}
