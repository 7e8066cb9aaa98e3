import { TextLineStream } from "jsr:@std/streams@^1.1.2/text-line-stream";
import { JoinConversation, type Printer } from "./_join_conversation.ts";
import { PLAIN } from "./_palette.ts";
import { writeFully } from "./_terminal_output.ts";
import type { Texts } from "../text/_texts.ts";
import type { ChatClient } from "../client/chat_client.ts";

const ENCODER = new TextEncoder();

/** Milliseconds that the server has to say goodbye. */
const QUIT_TIMEOUT = 10_000;

/** How lines are sent by a pipe. */
export interface PipeOptions {
  readonly rooms: readonly string[];
  /** Whether other devices of the user are to stay when it leaves. */
  readonly isLinked: boolean;
  readonly texts: Texts;
}

/**
 * Enters the rooms, sends each line of the input, one after the other, and
 * leaves. Messages of others go to the output meanwhile. If a room can't be entered
 * it sends nothing: the lines were not meant for another one.
 *
 * @returns The exit code.
 */
export async function joinByPipe(
  client: ChatClient,
  { rooms, isLinked, texts }: PipeOptions,
): Promise<number> {
  const printer: Printer = {
    palette: PLAIN,
    print: (lines) => writeFully(Deno.stdout, encode(lines)),
    complain: (lines) => writeFully(Deno.stderr, encode(lines)),
  };
  const conversation = new JoinConversation(client, printer, texts);
  const listening = listen(client, conversation);
  try {
    await client.connect();
  } catch {
    // An event has told the reason.
    await listening;
    return 1;
  }
  if (client.user === undefined) {
    await client.quit();
    await listening;
    return 1;
  }
  const isAllDone = await enterAll(conversation, rooms) &&
    await sendAll(client, conversation);
  // All lines were acknowledged.
  if (isLinked) client.close();
  const isAnswered = isLinked || await client.quit({ timeout: QUIT_TIMEOUT });
  await listening;
  return isAllDone && isAnswered ? 0 : 1;
}

async function enterAll(
  conversation: JoinConversation,
  rooms: readonly string[],
): Promise<boolean> {
  for (const room of rooms) if (!await conversation.enter(room)) return false;
  return true;
}

async function sendAll(
  client: ChatClient,
  conversation: JoinConversation,
): Promise<boolean> {
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .getReader();
  // The program ends with the client, even if its input does not.
  const cancel = () => void lines.cancel().catch(() => {});
  client.finished.then(cancel, cancel);
  let isAllDone = true;
  while (true) {
    const next = await lines.read();
    if (next.done) return isAllDone;
    const outcome = await conversation.run(next.value);
    if (outcome === "quit") return isAllDone;
    if (!outcome) isAllDone = false;
  }
}

async function listen(
  client: ChatClient,
  conversation: JoinConversation,
): Promise<void> {
  for await (const event of client) {
    // Only failures of the connection are of interest in a pipe.
    if (event.type !== "state" || event.error !== undefined) {
      conversation.take(event);
    }
  }
}

function encode(lines: readonly string[]): Uint8Array {
  return ENCODER.encode(lines.map((line) => `${line}\n`).join(""));
}
