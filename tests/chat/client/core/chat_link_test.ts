import { assertEquals } from "@std/assert";
import {
  ChatLink,
  type LinkListener,
  type LinkTimes,
} from "../../../../chat/client/core/_chat_link.ts";
import { ChatSession } from "../../../../chat/client/core/_chat_session.ts";
import { SendPace } from "../../../../chat/client/core/_send_pace.ts";
import { entered, GREETING, SYNC, welcome } from "../_server_messages.ts";
import { FakeSystem } from "./_fake_system.ts";

const TIMES: LinkTimes = {
  minDelay: 500,
  maxDelay: 3000,
  maxAttempts: Infinity,
  openTimeout: 15_000,
  quietTime: 25_000,
  pongTimeout: 8_000,
};

function startLink(
  times: Partial<LinkTimes> = {},
  listener: Partial<LinkListener> = {},
) {
  const system = new FakeSystem();
  const statuses: string[] = [];
  const session = new ChatSession({ nickname: "alice" });
  const link = new ChatLink(session, {
    target: "the server",
    system,
    times: { ...TIMES, ...times },
    pace: new SendPace(2, 1),
    listener: {
      onEvent: () => {},
      onChange: () => {},
      onStatus: ({ name }) => statuses.push(name),
      onLost: () => true,
      ...listener,
    },
  });
  link.start();
  return { system, session, link, statuses };
}

/** Lets the user in on the connection of now. */
function letIn({ socket }: FakeSystem): void {
  socket.accept();
  socket.tell(GREETING, welcome(), entered(), SYNC);
}

/** The milliseconds until the next attempt. */
function nextDelay(system: FakeSystem): number {
  const { length } = system.sockets;
  const start = system.time;
  while (system.sockets.length === length) system.pass(1);
  return system.time - start;
}

Deno.test("ChatLink goes from status to status, and sends a hello first", () => {
  const { system, statuses, link } = startLink();
  assertEquals(link.status, { name: "connecting", isAgain: false });
  letIn(system);
  assertEquals(statuses, ["connecting", "open", "online"]);
  assertEquals(system.socket.took("hello").length, 1);
  system.socket.lose();
  system.pass(500);
  assertEquals(statuses.slice(3), ["waiting", "connecting"]);
  assertEquals(link.status, { name: "connecting", isAgain: true });
  link.stop();
  assertEquals([statuses.at(-1), system.socket.isClosed], ["stopped", true]);
});

Deno.test("ChatLink waits longer each time, up to a limit", () => {
  const { system } = startLink();
  for (const delay of [500, 1000, 2000, 3000, 3000]) {
    system.socket.lose();
    assertEquals(nextDelay(system), delay);
  }
});

Deno.test("ChatLink begins with the shortest delay after a stable connection, not after a short one", () => {
  const { system } = startLink();
  system.socket.lose();
  system.pass(500);
  letIn(system);
  system.pass(9_999);
  system.socket.lose();
  assertEquals(nextDelay(system), 1000);
  letIn(system);
  system.pass(10_000);
  system.socket.lose();
  assertEquals(nextDelay(system), 500);
  system.socket.lose();
  assertEquals(nextDelay(system), 1000);
});

Deno.test("ChatLink waits a random part of the longest delay", () => {
  const { system } = startLink();
  for (const [random, delay] of [[0.5, 250], [0.25, 250], [0, 1]]) {
    system.random = () => random;
    system.socket.lose();
    assertEquals(nextDelay(system), delay);
  }
});

Deno.test("ChatLink connects now when it is told to", () => {
  const { system, link } = startLink();
  system.socket.lose();
  link.retryNow();
  assertEquals([system.sockets.length, link.status.name], [2, "connecting"]);
  // Once is enough.
  link.retryNow();
  link.start();
  system.pass(1000);
  assertEquals(system.sockets.length, 2);
});

Deno.test("ChatLink stops after its attempts without a stable connection, or when it is told so", () => {
  const { system, link } = startLink({ maxAttempts: 2 });
  letIn(system);
  system.pass(10_000);
  for (let attempt = 0; attempt < 3; attempt++) {
    assertEquals(link.status.name === "stopped", false);
    system.socket.lose();
    system.pass(5000);
  }
  // The stable one, and two attempts after it.
  assertEquals([link.status.name, system.sockets.length], ["stopped", 3]);
  link.start();
  letIn(system);
  system.socket.lose();
  assertEquals(link.status.name, "waiting");
  system.pass(500);
  letIn(system);
  system.socket.lose();
  assertEquals([link.status.name, system.sockets.length], ["stopped", 5]);

  const errors: unknown[] = [];
  const other = startLink({}, { onLost: (error) => errors.push(error) > 1 });
  other.system.socket.lose("no way");
  assertEquals([other.link.status.name, errors], ["stopped", ["no way"]]);
});

Deno.test("ChatLink gives up a connection that does not let the user in", () => {
  const errors: unknown[] = [];
  const { system, link } = startLink({}, {
    onLost: (error) => errors.push(error) > 0,
  });
  system.socket.accept();
  const { socket } = system;
  system.pass(15_000);
  assertEquals([socket.isClosed, link.status.name], [true, "waiting"]);
  const [error] = errors;
  assertEquals(error instanceof DOMException && error.name, "TimeoutError");
  // What comes too late is passed over.
  socket.tell(GREETING);
  socket.lose();
  assertEquals(errors.length, 1);
});

Deno.test("ChatLink pings a silent server, and gives up one that does not answer", () => {
  const { system, link, statuses } = startLink();
  letIn(system);
  const { socket } = system;
  socket.took("ping");
  system.pass(26_000);
  assertEquals(socket.took("ping").length, 1);
  socket.tell({ type: "pong" });
  system.pass(26_000);
  assertEquals(socket.took("ping").length, 1);
  assertEquals(link.status.name, "online");
  system.pass(10_000);
  assertEquals([socket.isClosed, statuses[3]], [true, "waiting"]);
});

Deno.test("ChatLink probes a connection only once at a time", () => {
  const { system, link } = startLink();
  link.probe();
  letIn(system);
  system.socket.took("ping");
  link.probe();
  link.probe();
  assertEquals(system.socket.took("ping").length, 1);
});

Deno.test("ChatLink sends no faster than its pace, and slower after a warning", () => {
  const { system, session, link } = startLink();
  letIn(system);
  const say = () => {
    for (const text of ["a", "b", "c", "d", "e"]) {
      session.submit({ type: "say", text });
    }
    link.flush();
  };
  const counts = () =>
    [0, 1, 2, 3].map(() => {
      const { length } = system.socket.took("say");
      system.pass(1000);
      return length;
    });
  say();
  assertEquals(counts(), [2, 1, 1, 1]);
  system.pass(1000);
  system.socket.tell({ type: "warning", time: 0, text: "Slowly!" });
  say();
  assertEquals(counts(), [0, 0, 1, 0]);
  // What ends the session waits for nothing but what is before it.
  session.fail("closed", "");
  session.submit({ type: "quit" });
  link.flush();
  assertEquals(system.socket.took("quit").length, 1);
});

Deno.test("ChatLink holds messages back while the listener is busy", () => {
  const pause = Promise.resolve();
  let isBusy = true;
  const { system, link } = startLink({}, {
    onEvent: () => isBusy ? pause : undefined,
  });
  const handlers: unknown[] = [];
  system.open = (given) => {
    handlers.push(given.onMessage);
    return new FakeSystem().open(given);
  };
  link.stop();
  link.start();
  const [onMessage] = handlers as [(message: object) => unknown];
  assertEquals(onMessage(GREETING), pause);
  isBusy = false;
  assertEquals(onMessage(GREETING), undefined);
});

Deno.test("ChatLink gives up a connection, and waits as long as the server asks", () => {
  const { system, session, link, statuses } = startLink({}, {
    onEvent: ({ type }) => void (type === "error" && link.giveUp()),
    onLost: () => !session.isOver,
  });
  const refuse = (code: string, subject?: string) => {
    const { socket } = system;
    socket.accept();
    const error = { type: "error", code, subject, text: "No", ref: "hello" };
    socket.tell(error, SYNC);
    assertEquals(socket.isClosed, true);
  };
  refuse("too-many-guesses", "7");
  assertEquals(nextDelay(system), 7000);
  refuse("access-busy");
  assertEquals(nextDelay(system), 1000);
  refuse("wrong-password");
  assertEquals(statuses.at(-1), "stopped");
  link.giveUp();
  assertEquals(statuses.at(-1), "stopped");
});

Deno.test("ChatLink sends again what the server could not take, after a pause", () => {
  const { system, session, link } = startLink();
  letIn(system);
  const answers: unknown[] = [];
  session.submit(
    { type: "say", text: "hello" },
    (answer) => answers.push(answer),
  );
  link.flush();
  const [said] = system.socket.took("say");
  system.socket.tell({
    type: "error",
    code: "unavailable",
    text: "",
    ref: said["ref"],
  });
  system.pass(2_999);
  link.flush();
  assertEquals(system.socket.took("say"), []);
  system.pass(1);
  const [again] = system.socket.took("say");
  assertEquals(again, said);
  assertEquals(answers, []);
  system.socket.tell({ type: "ack", ref: said["ref"] });
  assertEquals(answers.length, 1);
  link.stop();
});
