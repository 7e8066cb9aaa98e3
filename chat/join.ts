/**
 * The chat client for a terminal or a pipe:
 * `deno run --allow-net chat/join.ts`.
 *
 * @module
 */

import { messageOf } from "./terminal/_join_conversation.ts";
import { joinHelp, parseJoinArgs } from "./terminal/_join_options.ts";
import { joinByPipe } from "./terminal/_join_pipe.ts";
import { joinByTerminal } from "./terminal/_join_terminal.ts";
import { clean } from "./terminal/_terminal_text.ts";
import { textsFor } from "./text/_texts.ts";
import { ChatClient } from "./client/chat_client.ts";

const WRONG_USAGE = 2;

/** Attempts to reconnect in a pipe. */
const PIPE_ATTEMPTS = 5;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  // The runtime reads LC_ALL and LANG, without a permission.
  const texts = textsFor(navigator.languages);
  const invocation = parseJoinArgs(args);
  switch (invocation.type) {
    case "help":
      console.log(joinHelp(texts));
      return 0;
    case "error":
      console.error(`${invocation.message}; --help shows the options`);
      return WRONG_USAGE;
    case "join": {
      const { address, nickname, rooms } = invocation;
      const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
      if (!isTerminal && nickname === undefined) {
        console.error(
          "Cannot ask for a nickname without a terminal: expected --nick NAME",
        );
        return WRONG_USAGE;
      }
      const makeClient = (nickname: string | undefined) =>
        new ChatClient(address, {
          ...(nickname === undefined ? {} : { nickname }),
          ...(isTerminal ? { rooms } : { maxAttempts: PIPE_ATTEMPTS }),
        });
      let client: ChatClient;
      try {
        client = makeClient(nickname);
      } catch (error) {
        console.error(`${clean(messageOf(error))}; --help shows the options`);
        return WRONG_USAGE;
      }
      return isTerminal
        ? await joinByTerminal(
          nickname === undefined ? undefined : client,
          makeClient,
          texts,
        )
        : await joinByPipe(client, rooms, texts);
    }
  }
}
