import type { Line } from "./_example.ts";

/**
 * What the examples print that end by themselves: in order, or, where two ends
 * print side by side, the lines of each in order.
 */
export const DEMONSTRATIONS: Record<string, Line[] | Record<string, Line[]>> = {
  "chat_discovery.ts": ["Found The Kitchen: this server"],
  "v_tcp_client.ts": [
    "HTTP/1.0 200 OK",
    "content-type: text/plain",
    "",
    "You sent GET /index.html HTTP/1.0",
  ],
  "v_tcp_server.ts": [
    "message sent: Hello World",
    /^server socket: TcpConn\(127\.0\.0\.1:\d+\)$/,
    "message received: Hello World",
    /^client socket: TcpConn\(127\.0\.0\.1:\d+\)$/,
  ],
  "v_udp_echo.ts": [
    /^Got address 127\.0\.0\.1:\d+$/,
    'Got "Hello from vnet!"',
  ],
  "v_websocket.ts": {
    client: [
      "client: connecting",
      "client: open!",
      'client: type 10, payload ""',
      'client: type 1, payload "a"',
      'client: type 1, payload "a"',
      "client: closed with 1000",
    ],
    server: ["server: a client has closed"],
  },
  "node_throttling.ts": {
    client: [
      "client: paused",
      "client: resumed; the server waits",
      "client: received 134217728 bytes",
    ],
    server: [
      "server: sent 134217728 bytes",
      "server: held 65536 bytes at most",
    ],
  },
  "node_udp_b.ts": {
    a: [
      "a: got 试信",
      /^a: from \{ address: "127\.0\.0\.1", family: "IPv4", port: \d+, size: 6 \}$/,
    ],
    b: ["b: sent 6 bytes", "b: got 试信"],
  },
  "node_udp_broadcast.ts": {
    sent: ["sent to 127.255.255.255"],
    "first receiver": [/^first receiver: (Hello, everybody!|nothing; .*)$/],
    "second receiver": [/^second receiver: (Hello, everybody!|nothing; .*)$/],
  },
  "node_udp_multicast.ts": [
    /^Ann got ("Hello, both!"|nothing; .*)$/,
    /^Bob got ("Hello, both!"|nothing; .*)$/,
    /^Ann got ("Hello, Ann!"|nothing; .*)$/,
    "Bob has left 239.1.2.3",
  ],
  "luvit_echo_client.ts": {
    client: [
      "client: connected",
      "client: hello",
      "client: world!",
      "client: disconnected",
    ],
    server: [
      /^server: bound to port \d+$/,
      "server: connected",
      "server: disconnected",
    ],
  },
  "luvit_idle_timeout.ts": [
    "client: You said: hello",
    "client: You said: hello again",
    "server: the client is idle",
    "client: Goodbye",
    "client: the server has ended",
  ],
  "line_protocol.ts": [
    "OK",
    "light blue",
    'ERROR Unknown command "DANCE"',
    "ERROR Line too long",
  ],
  "other_encodings.ts": {
    client: [
      "client: 11 bytes for six characters",
      "client: got 你说：你好，世界",
    ],
    server: ["server: got 你好，世界"],
  },
  "request_deadline.ts": [
    "FIRST",
    "TimeoutError",
    "(late: 2 SLOW)",
    "THIRD",
  ],
  "several_listeners.ts": [
    "This is the open port",
    "This is the admin port",
    "All listeners are closed",
  ],
  "merged_logs.ts": {
    ...Object.fromEntries(["red", "green", "blue"].map((colour) => [
      colour,
      ["up", "done"].map((what) =>
        new RegExp(String.raw`^${colour} is ${what} \(127\.0\.0\.1:\d+\)$`)
      ),
    ])),
    unreachable: [
      /^unreachable: ConnectionRefused \(127\.0\.0\.1:\d+\)$/,
    ],
  },
  "half_close.ts": {
    client: [
      "client: sent all; it is readOnly",
      "client: got 4, 30, 100; it is closed",
    ],
    server: ["server: got 3 numbers; it is writeOnly"],
  },
  "tls_own_ca.ts": [
    'client: got "a secret" back',
    "client: the authority is unknown without caCerts",
  ],
  "unix_socket.ts": ['Got "hello" back'],
  "websocket_behind_http_server.ts": [
    "HTTP: A page",
    "Bob got: Hello, Bob!",
    "Ann got: Hello, Ann!",
  ],
  "graceful_shutdown.ts": {
    client: [
      "client: working on tea",
      "client: tea is done",
      "client: cut off",
    ],
    server: [
      "server: stopping",
      "server: stopped; clients that had to be cut: 1",
    ],
  },
  "memory_pipe.ts": [
    "ok: it asks",
    "ok: it greets",
    "ok: it ends",
    "ok: it notices who leaves",
    "ok: it waits for nobody for ever",
  ],
  "rate_limited_server.ts": [
    "one is free",
    "second connection: closed",
    "two is free",
    "three is free",
    "four had to wait",
    "five had to wait",
    "six had to wait",
    "turned away: 1",
  ],
  "reconnecting_lines.ts": {
    client: [
      "client: open",
      "client: received headline 1",
      "client: connection lost",
      "client: open",
      "client: received headline 2",
      "client: connection lost",
      "client: open",
      "client: received headline 3",
      "client: closed",
    ],
    server: Array(3).fill("server: SUBSCRIBE news"),
  },
  "reconnecting_websocket.ts": {
    client: [
      "client: taken: tea",
      "client: taken: coffee",
      "client: closed with 4003: too many orders",
    ],
    server: [
      "server: login Ann",
      "server: tea",
      "server: login Ann",
      "server: coffee",
    ],
  },
  "websocket_requests.ts": [
    "second request: fast",
    "first request: slow",
    "unknown method: no such method",
    "news: it is raining",
    "published to: 1",
    "during a crash: the connection was lost",
    "news: the sun is back",
    "published to: 1",
  ],
  "prometheus.ts": [
    "# TYPE websocket_clients gauge",
    "websocket_clients 1",
    "# TYPE websocket_accepted_total counter",
    "websocket_accepted_total 1",
    "# TYPE websocket_refused_total counter",
    'websocket_refused_total{reason="maxConnections"} 0',
    'websocket_refused_total{reason="maxConnectionsPerIp"} 0',
    'websocket_refused_total{reason="onConnect"} 0',
    "# TYPE websocket_handshakes_failed_total counter",
    "websocket_handshakes_failed_total 0",
    "# TYPE websocket_messages_received_total counter",
    "websocket_messages_received_total 1",
    "# TYPE websocket_messages_sent_total counter",
    "websocket_messages_sent_total 1",
    "# TYPE websocket_read_bytes_total counter",
    /^websocket_read_bytes_total \d+$/,
    "# TYPE websocket_written_bytes_total counter",
    /^websocket_written_bytes_total \d+$/,
  ],
  "udp_sessions.ts": [
    "Ann 1",
    "Ann 2",
    "Bob 1",
    "session over after 2",
    "session over after 1",
  ],
};
