/**
 * A chat server for `telnet`, `nc` and anything else that sends lines of text:
 * everyone who connects is in one room.
 *
 * ```ts
 * import { serveChat } from "@vnet/net/chat";
 * import { dialTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * using alice = await dialTcp(server.tcpAddr);
 * await alice.writeString("alice\n");
 * for await (const line of alice.lines()) {
 *   if (line === "*** Welcome, alice! You are user 1.") break;
 * }
 *
 * using bob = await dialTcp(server.tcpAddr);
 * await bob.writeString("bob\nhello\n");
 * for await (const line of alice.lines()) {
 *   if (!line.startsWith("bob: ")) continue;
 *   assertEquals(line, "bob: hello");
 *   break;
 * }
 * ```
 *
 * The program beside this module, `chat/main.ts`, does the same from the command
 * line; `--help` shows its options.
 *
 * ## What users type
 *
 * | line | does |
 * | --- | --- |
 * | any text | the first one is the nickname, the others are said to everyone |
 * | `/msg NAME TEXT`, `c:NAME:TEXT` | tells it to one user alone |
 * | `/nick NAME`, `n:NAME` | changes the nickname |
 * | `/list`, `l` | lists who is here |
 * | `/me ACTION` | says what one does |
 * | `b:TEXT`, `//TEXT` | says TEXT, or /TEXT, even if it looks like a command |
 * | `/help` | shows the commands |
 * | `/quit`, `byebye` | leaves |
 *
 * ## What the server promises
 *
 * Everyone hears what the others say, in the same order, and nobody their own
 * words. No two users have the same nickname, or ones that look alike. Addresses
 * are shown to nobody. Text can't steer a terminal. A slow user delays nobody,
 * and whoever has to leave is told why.
 *
 * ## Limits
 *
 * | what | default | beyond it |
 * | --- | --- | --- |
 * | connections | 10,000 | closed at once, and counted |
 * | a line | 4,096 bytes | a notice, and the user has to leave |
 * | messages that wait for one user | 256 KiB | a notice, and the user has to leave |
 * | sending what waits to a user who leaves | 5 s | the connection is cut |
 * | a nickname | 32 characters | refused, and asked again |
 *
 * ## Its parts
 *
 * {@linkcode ChatRoom} is the chat without any I/O: events in, deliveries out.
 * {@linkcode LineDecoder} makes lines of bytes, {@linkcode parseCommand} commands
 * of lines. {@linkcode Relay} is how rooms of several servers become one.
 * {@linkcode serveChat} puts them on sockets.
 *
 * @module
 */

export type { WaitOptions } from "../internal/wait_options.ts";
export { type ChatCommand, parseCommand } from "./chat_command.ts";
export type {
  ChatErrorCode,
  ChatMessage,
  Delivery,
  DirectMessage,
  LeaveReason,
  RoomEvent,
  RoomMessage,
  UserEntry,
  UserRef,
} from "./chat_message.ts";
export {
  ChatRoom,
  type ChatRoomOptions,
  type JoinOutcome,
} from "./chat_room.ts";
export type { ChatServer } from "./chat_server.ts";
export type { ChatUser } from "./chat_user.ts";
export {
  LineDecoder,
  type LineDecoderOptions,
  type LineEvent,
} from "./line_decoder.ts";
export {
  type Nickname,
  type NicknameFault,
  nicknameKey,
  parseNickname,
} from "./nickname.ts";
export { InProcessRelay, type Relay, type RelayEnvelope } from "./relay.ts";
export { RelayLink, type RelayLinkOptions } from "./relay_link.ts";
export {
  type ChatServerOptions,
  type ChatTcpOptions,
  serveChat,
} from "./serve_chat.ts";
