import { assertEquals, assertMatch } from "@std/assert";
import { formatMetrics } from "../../../../chat/server/monitoring/_metrics_text.ts";

const STATS = {
  uptime: 1.5,
  connections: { tcp: 1, websocket: 2, http: 0 },
  accepted: 9,
  refused: { full: 3 },
  users: 3,
  rooms: 1,
  messages: { said: 4, private: 1 },
  deliveries: 20,
  left: { 'a"b\\c\nd': 1 },
  errors: {},
  bytesReceived: 100,
  bytesSent: 2000,
  queuedBytes: 5,
};

Deno.test("formatMetrics() formats all counters for Prometheus", () => {
  const lines = formatMetrics(STATS).split("\n");
  assertEquals(lines.at(-1), "");
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(samples, [
    "chat_uptime_seconds 1.5",
    'chat_connections{kind="tcp"} 1',
    'chat_connections{kind="websocket"} 2',
    'chat_connections{kind="http"} 0',
    "chat_accepted_total 9",
    'chat_refused_total{reason="full"} 3',
    "chat_users 3",
    "chat_rooms 1",
    'chat_messages_total{type="said"} 4',
    'chat_messages_total{type="private"} 1',
    "chat_deliveries_total 20",
    'chat_left_total{reason="a\\"b\\\\c\\nd"} 1',
    "chat_received_bytes_total 100",
    "chat_sent_bytes_total 2000",
    "chat_queue_bytes 5",
  ]);
});

Deno.test("formatMetrics() describes each metric", () => {
  const lines = formatMetrics(STATS).split("\n");
  const names = lines.flatMap((line) =>
    /^# HELP (\S+) \S.*\.$/.exec(line)?.[1] ?? []
  );
  const types = lines.flatMap((line) =>
    /^# TYPE (\S+) (?:gauge|counter)$/.exec(line)?.[1] ?? []
  );
  assertEquals(names, types);
  assertEquals(names.length, 13);
  for (const line of lines) {
    if (!line.startsWith("#") && line !== "") {
      assertMatch(line, /^chat_[a-z_]+(\{[a-z]+="[^\n]*"\})? [0-9.]+$/);
    }
  }
});
