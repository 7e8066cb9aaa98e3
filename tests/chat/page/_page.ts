import { CommandLine } from "../../../chat/page/state/command.js";
import type { Introduction } from "../../../chat/client/core/_chat_session.ts";
import {
  PageSession,
  type PageStorage,
  type SavedState,
} from "../../../chat/page/state/session.js";
import {
  ChatStore,
  type Conversation,
} from "../../../chat/page/state/store.js";
import type { ChatRoomRecord } from "../../../chat/client/chat_client_message.ts";
import type { UserRef } from "../../../chat/room/chat_message.ts";
import { type FakeSocket, FakeSystem } from "../client/core/_fake_system.ts";
import {
  entered,
  GREETING,
  SYNC,
  welcome,
} from "../client/_server_messages.ts";

export const ME = { id: 7, nickname: "me" };
export const YOU = { id: 8, nickname: "you" };

export const WELCOME = welcome(false, "secret", ME);
export const RESUMED = welcome(true, "secret", ME);

/** An `entered` of the lobby, or of another room. */
export function enteredLobby(
  history: readonly object[] = [],
  members: object = {},
): object {
  const users = [{ ...ME, enteredAt: 0 }, { ...YOU, enteredAt: 0 }];
  return entered("lobby", history, { users, online: 2, ...members });
}

export function said(
  id: number,
  text: string,
  user: UserRef = YOU,
  room = "lobby",
): ChatRoomRecord {
  return { type: "said", id, time: id * 1000, room, user, text };
}

/** A page whose server is the test. */
export interface TestPage {
  readonly system: FakeSystem;
  readonly store: ChatStore;
  readonly session: PageSession;
  readonly commands: CommandLine;
  /** What the session has told the page of. */
  readonly events: [type: string, detail: unknown][];
  /** What a reload would find. */
  readonly saved: () => SavedState | undefined;
  readonly storage: PageStorage;
}

/** Starts a page, which does nothing yet. */
export function startPage(
  saved?: SavedState,
  introduction: Introduction = {},
): TestPage {
  const system = new FakeSystem();
  const store = new ChatStore(() => {});
  const events: TestPage["events"] = [];
  const storage: PageStorage = {
    pass: undefined,
    load: () => saved,
    save: (state) => saved = state,
    forget: (token) => {
      if (saved?.token === token) saved = undefined;
    },
  };
  const session = new PageSession({
    store,
    introduction,
    system,
    storage,
    listener: {
      onNicknameNeeded: (error) => events.push(["nickname", error]),
      onAccessNeeded: (methods, error) =>
        events.push(["access", [...methods, error]]),
      onLink: ({ token }) => events.push(["link", token]),
      onNotice: (text) => events.push(["notice", text]),
      onRooms: (rooms) => events.push(["rooms", rooms]),
      onError: (text) => events.push(["error", text]),
      onStatus: ({ name }) => events.push(["status", name]),
    },
  });
  const commands = new CommandLine(session, store);
  return {
    system,
    store,
    session,
    commands,
    events,
    storage,
    saved: () => saved,
  };
}

/** Starts a page in the lobby. */
export function enterLobby(): TestPage & { readonly lobby: Conversation } {
  const started = startPage();
  started.session.enter("me");
  const { socket } = started.system;
  socket.accept();
  socket.tell(GREETING, WELCOME, enteredLobby(), SYNC);
  socket.took("hello", "ping");
  return { ...started, lobby: started.store.openRoom("lobby") };
}

/** Loses the connection, and lets the page come to the server again. */
export function comeAgain(system: FakeSystem): FakeSocket {
  if (!system.socket.isClosed) system.socket.lose();
  const { length } = system.sockets;
  while (system.sockets.length === length) system.pass(100);
  system.socket.accept();
  return system.socket;
}
