import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatLogLine } from "../../../../chat/server/monitoring/_log_line.ts";
import type { ChatServerEvent } from "../../../../chat/server/chat_server_event.ts";

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const TIME = "2026-01-02T03:04:05.006Z";
const tcp = { transport: "tcp", hostname: "::1", port: 2020 } as const;

function parse(event: ChatServerEvent, addresses = false): unknown {
  const line = formatLogLine(event, { addresses });
  assertEquals(line.includes("\n"), false);
  return JSON.parse(line);
}

Deno.test("formatLogLine() formats each event as a JSON object", () => {
  assertEquals(parse({ time, type: "start", tcp }), {
    time: TIME,
    level: "info",
    event: "start",
    tcp: "[::1]:2020",
  });
  assertEquals(parse({ time, type: "enter", id: 7, nickname: 'a"b' }), {
    time: TIME,
    level: "info",
    event: "enter",
    id: 7,
    nickname: 'a"b',
  });
  assertEquals(parse({ time, type: "kick", id: 7, reason: "kicked" }), {
    time: TIME,
    level: "warn",
    event: "kick",
    id: 7,
    reason: "kicked",
  });
  const target = { id: 8, nickname: "troll" };
  const ban = { act: "ban", target, minutes: 5 } as const;
  assertEquals(
    parse({ time, type: "operator", id: 7, nickname: "b", ...ban }),
    {
      time: TIME,
      level: "warn",
      event: "operator",
      id: 7,
      nickname: "b",
      ...ban,
    },
  );
  assertEquals(parse({ time, type: "stop" }), {
    time: TIME,
    level: "info",
    event: "stop",
  });
});

Deno.test("formatLogLine() leaves addresses out unless they are asked for", () => {
  const address = "192.0.2.1:50000";
  const connect = {
    time,
    type: "connect",
    id: 7,
    kind: "tcp",
    address,
  } as const;
  const common = {
    time: TIME,
    level: "info",
    event: "connect",
    id: 7,
    kind: "tcp",
  };
  assertEquals(parse(connect), common);
  assertEquals(parse(connect, true), { ...common, address });
  const refuse = {
    time,
    type: "refuse",
    kind: "http",
    reason: "full",
    address,
  } as const;
  assertEquals(
    formatLogLine(refuse, { addresses: false }).includes("192"),
    false,
  );
});

Deno.test("formatLogLine() names the option that a refusal calls for", () => {
  const refuse = { time, type: "refuse", kind: "http", address: "" } as const;
  const line = (reason: string) =>
    formatLogLine({ ...refuse, reason }, { addresses: false });
  assertStringIncludes(line("host"), "--allow-host NAME (allowedHosts)");
  assertStringIncludes(
    line("origin"),
    "--allow-origin ORIGIN (allowedOrigins)",
  );
  assertStringIncludes(line("origin"), "--forwarded-origin");
  assertStringIncludes(line("proxy-header"), "--proxy-protocol");
  assertEquals(line("full").includes("allow"), false);
});

Deno.test("formatLogLine() removes addresses from messages of errors", () => {
  const error = new Error(
    "Cannot keep 192.0.2.1:50000 and [2001:db8::1]:443 open",
  );
  const common = { time: TIME, level: "error", event: "error" };
  assertEquals(parse({ time, type: "error", error }), {
    ...common,
    message: "Cannot keep (address) and (address) open",
  });
  assertEquals(parse({ time, type: "error", error }, true), {
    ...common,
    message: error.message,
  });
  assertEquals(parse({ time, type: "error", error: "thrown" }), {
    ...common,
    message: "thrown",
  });
});
