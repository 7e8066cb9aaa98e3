import { assert, assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { isKey } from "../../../websocket/handshake/_accept_key.ts";
import {
  checkResponse,
  type ClientRequest,
  makeRequest,
} from "../../../websocket/handshake/_client_handshake.ts";
import {
  HttpHeadParser,
  parseRequestLine,
} from "../../../internal/http/http_head.ts";
import { checkProtocols } from "../../../websocket/handshake/_handshake_headers.ts";
import { acceptUpgrade } from "../../../websocket/handshake/_server_handshake.ts";
import {
  isRefusal,
  readUpgradeRequest,
} from "../../../websocket/handshake/_upgrade_request.ts";
import { ResponseReader } from "../../../internal/http/response_reader.ts";
import { parseWebSocketUrl } from "../../../websocket/handshake/_websocket_url.ts";
import { type Fields, KEY, latin1, response } from "../support/_heads.ts";

const TARGET = parseWebSocketUrl("ws://example.org:81/chat?x=1");

/** A request whose key is that of the RFC's example. */
function sample(options: Partial<ClientRequest> = {}): ClientRequest {
  return {
    bytes: new Uint8Array(0),
    url: TARGET.url,
    key: KEY,
    protocols: [],
    deflate: undefined,
    ...options,
  };
}

function assertFails(
  request: ClientRequest,
  fields: Fields,
  message: string,
  line?: string,
): HandshakeError {
  const error = assertThrows(
    () => checkResponse(request, response(fields, line)),
    HandshakeError,
    message,
  );
  assert(error.message.startsWith(`Cannot open WebSocket "${TARGET.url}": `));
  return error;
}

Deno.test("makeRequest() asks in the way of RFC 6455", () => {
  const request = makeRequest(TARGET);
  assert(isKey(request.key));
  assertEquals(
    latin1(request.bytes),
    "GET /chat?x=1 HTTP/1.1\r\n" +
      "host: example.org:81\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Key: ${request.key}\r\n` +
      "Sec-WebSocket-Version: 13\r\n\r\n",
  );
});

Deno.test("makeRequest() sends headers, subprotocols, an offer and the URL's credentials", () => {
  const target = parseWebSocketUrl("wss://me:secret@example.org/");
  const request = makeRequest(target, {
    headers: { "Origin": "https://example.org", "X-Y": "\xe9" },
    protocols: ["b", "a"],
    deflate: {},
  });
  const text = latin1(request.bytes);
  for (
    const line of [
      `authorization: Basic ${btoa("me:secret")}`,
      "origin: https://example.org",
      "x-y: \xe9",
      "Sec-WebSocket-Protocol: b, a",
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ]
  ) {
    assert(text.includes(`\r\n${line}\r\n`), line);
  }
  assert(text.endsWith("\r\n\r\n"));
  assert(!request.url.includes("secret"));
});

Deno.test("makeRequest() joins cookies by semicolons", () => {
  const headers: HeadersInit = [["Cookie", "a=1"], ["x", "1"], [
    "cookie",
    "b=2",
  ]];
  const { bytes } = makeRequest(parseWebSocketUrl("ws://a/"), { headers });
  const lines = latin1(bytes).split("\r\n");
  assertEquals(lines.filter((line) => /^cookie/i.test(line)), [
    "cookie: a=1; b=2",
  ]);
});

Deno.test("makeRequest() lets the caller set Host and Authorization, once", () => {
  const target = parseWebSocketUrl("ws://me:secret@example.org/");
  const headers = { "Host": "virtual.example", "Authorization": "Bearer x" };
  const text = latin1(makeRequest(target, { headers }).bytes);
  assertEquals(text.match(/^host: .*$/gm), ["host: virtual.example"]);
  assertEquals(text.match(/^authorization: .*$/gm), [
    "authorization: Bearer x",
  ]);
});

Deno.test("makeRequest() refuses headers that would break the request", () => {
  const bad: HeadersInit[] = [
    { "Sec-WebSocket-Key": KEY },
    { "Upgrade": "h2c" },
    { "Content-Length": "5" },
    { "X": "a\r\nInjected: b" },
    { "X": "a\nb" },
    { "X": "a\x00b" },
    { "X": "a\x1bb" },
    { "X\r\nInjected": "b" },
    { "X": "\u0100" },
  ];
  for (const headers of bad) {
    assertThrows(() => makeRequest(TARGET, { headers }), TypeError);
  }
});

Deno.test("checkProtocols() refuses subprotocols that are no tokens or named twice", () => {
  for (
    const protocols of [[""], ["a b"], ["a,b"], ["é"], ["a", "a"], ["a\r\n"]]
  ) {
    assertThrows(
      () => checkProtocols(protocols),
      SyntaxError,
      "Cannot use subprotocol",
    );
  }
});

Deno.test("checkResponse() takes a good response", () => {
  const opened = checkResponse(
    sample(),
    response({ "Upgrade": "WebSocket", "Connection": "x, UPGRADE", "Y": "z" }),
  );
  assertEquals(
    [opened.protocol, opened.extensions, opened.deflate],
    ["", "", undefined],
  );
  assertEquals(opened.fields.get("y"), "z");
});

Deno.test("checkResponse() takes what was asked for", () => {
  const request = sample({ protocols: ["a", "b"], deflate: {} });
  const opened = checkResponse(
    request,
    response({
      "Sec-WebSocket-Protocol": "b",
      "Sec-WebSocket-Extensions":
        "permessage-deflate; server_max_window_bits=9",
    }),
  );
  assertEquals(opened.protocol, "b");
  assertEquals(opened.deflate?.serverMaxWindowBits, 9);
  // The server may leave both out.
  const plain = checkResponse(request, response());
  assertEquals([plain.protocol, plain.deflate], ["", undefined]);
});

Deno.test("checkResponse() reports the status and the headers of any other answer", () => {
  for (const status of [200, 301, 302, 400, 401, 403, 404, 426, 500, 503]) {
    const error = assertFails(
      sample(),
      { "Location": "ws://other.example/", "X": "y" },
      `the server answered ${status}`,
      `HTTP/1.1 ${status} Whatever`,
    );
    assertEquals(error.status, status);
    assertEquals(error.headers.get("location"), "ws://other.example/");
  }
});

Deno.test("checkResponse() refuses a wrong, missing or repeated Sec-WebSocket-Accept", () => {
  const right = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  const wrong = [undefined, "", right.toLowerCase(), `${right}x`, KEY];
  for (const accept of [...wrong, [right, right]]) {
    const fields = { "Sec-WebSocket-Accept": accept };
    const error = assertFails(sample(), fields, "Sec-WebSocket-Accept");
    assertEquals(error.status, 101);
  }
});

Deno.test("checkResponse() refuses a 101 without Upgrade or Connection, or of HTTP/1.0", () => {
  for (const upgrade of [undefined, "h2c", "websocket, h2c"]) {
    assertFails(sample(), { "Upgrade": upgrade }, "lacks Upgrade");
  }
  for (const connection of [undefined, "close", "upgraded"]) {
    const fields = { "Connection": connection };
    assertFails(sample(), fields, "lacks Connection");
  }
  assertFails(sample(), {}, "HTTP/1.0", "HTTP/1.0 101 Switching");
});

Deno.test("checkResponse() refuses an unasked subprotocol", () => {
  const bad = ["c", "A", "a, b", "", "\xff\x80", ["a", "a"], "a\xe9"];
  for (const protocol of bad) {
    const fields = { "Sec-WebSocket-Protocol": protocol };
    for (const protocols of [[], ["a", "b"]]) {
      assertFails(sample({ protocols }), fields, "subprotocol unasked");
    }
  }
  const fields = { "Sec-WebSocket-Protocol": "a" };
  assertFails(sample(), fields, "subprotocol unasked");
});

Deno.test("checkResponse() refuses an unasked or unfitting extension", () => {
  const bad = [
    "",
    "x-unknown",
    "permessage-deflate, x-unknown",
    "permessage-deflate, permessage-deflate",
    "permessage-deflate; unknown",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate;",
    "\x80\xff",
    "permessage-deflate; \xff",
  ];
  for (const extension of bad) {
    const fields = { "Sec-WebSocket-Extensions": extension };
    for (const deflate of [undefined, {}]) {
      assertFails(sample({ deflate }), fields, "extension unasked");
    }
  }
  const fields = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  assertFails(sample(), fields, "extension unasked");
});

Deno.test("Client and server handshakes fit together", () => {
  const request = makeRequest(TARGET, {
    protocols: ["chat"],
    deflate: { serverMaxWindowBits: 10 },
  });
  const parser = new HttpHeadParser(parseRequestLine);
  parser.push(request.bytes);
  assert(parser.head !== undefined);
  const upgrade = readUpgradeRequest(parser.head, { isSecure: false });
  assert(!isRefusal(upgrade));
  const accepted = acceptUpgrade(upgrade, {
    protocols: ["chat"],
    deflate: { clientNoContextTakeover: true },
  });
  const reader = new ResponseReader();
  reader.push(accepted.response);
  assert(reader.head !== undefined);
  const opened = checkResponse(request, reader.head);
  assertEquals([opened.protocol, accepted.protocol], ["chat", "chat"]);
  assertEquals(opened.extensions, accepted.extensions);
  assertEquals(opened.deflate, accepted.deflate);
  assertEquals(opened.deflate?.serverMaxWindowBits, 10);
});
