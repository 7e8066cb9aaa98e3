import { assertEquals, assertThrows } from "@std/assert";
import {
  acceptUpgrade,
  selectProtocol,
} from "../../../websocket/handshake/_server_handshake.ts";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeRequest,
} from "../../../websocket/handshake/_upgrade_request.ts";
import { ACCEPT, type Fields, latin1, request } from "../support/_heads.ts";

function upgrade(fields: Fields = {}): UpgradeRequest {
  const outcome = readUpgradeRequest(request(fields), { isSecure: false });
  if (isRefusal(outcome)) throw new Error(outcome.reason);
  return outcome;
}

Deno.test("acceptUpgrade() answers with 101 and the accepted key", () => {
  const accepted = acceptUpgrade(upgrade());
  assertEquals(
    latin1(accepted.response),
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
  );
  assertEquals(
    [accepted.protocol, accepted.extensions, accepted.deflate],
    ["", "", undefined],
  );
});

Deno.test("acceptUpgrade() chooses a subprotocol and extensions and adds headers", () => {
  const accepted = acceptUpgrade(
    upgrade({
      "Sec-WebSocket-Protocol": "a, b, c",
      "Sec-WebSocket-Extensions":
        "other, permessage-deflate; client_max_window_bits=9",
    }),
    {
      protocols: ["c", "b"],
      deflate: { serverNoContextTakeover: true },
      headers: [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"], ["X-Y", "\xe9"]],
    },
  );
  const extensions =
    "permessage-deflate; server_no_context_takeover; client_max_window_bits=9";
  assertEquals(accepted.protocol, "b");
  assertEquals(accepted.extensions, extensions);
  assertEquals(accepted.deflate, {
    serverNoContextTakeover: true,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 9,
  });
  const lines = latin1(accepted.response).split("\r\n");
  assertEquals(lines.slice(4), [
    "Sec-WebSocket-Protocol: b",
    `Sec-WebSocket-Extensions: ${extensions}`,
    "set-cookie: a=1",
    "set-cookie: b=2",
    "x-y: \xe9",
    "",
    "",
  ]);
});

Deno.test("acceptUpgrade() names no subprotocol and no extension that does not fit", () => {
  const accepted = acceptUpgrade(
    upgrade({
      "Sec-WebSocket-Protocol": "a",
      "Sec-WebSocket-Extensions": "permessage-deflate; nonsense",
    }),
    { protocols: ["b"], deflate: {} },
  );
  assertEquals(
    [accepted.protocol, accepted.extensions, accepted.deflate],
    ["", "", undefined],
  );
  assertEquals(latin1(accepted.response).split("\r\n").length, 6);
});

Deno.test("acceptUpgrade() without deflate options compresses nothing", () => {
  const fields = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  const accepted = acceptUpgrade(upgrade(fields));
  assertEquals(accepted.deflate, undefined);
});

Deno.test("acceptUpgrade() rejects headers that would break the answer", () => {
  const bad: HeadersInit[] = [
    { "Sec-WebSocket-Accept": "x" },
    { "Connection": "close" },
    { "X": "a\x01b" },
    { "X": "a\r\nY: b" },
    { "X Y": "b" },
  ];
  for (const headers of bad) {
    assertThrows(() => acceptUpgrade(upgrade(), { headers }), TypeError);
  }
});

Deno.test("selectProtocol() goes by the client's order", () => {
  assertEquals(selectProtocol(["a", "b"], ["b", "a"]), "a");
  assertEquals(selectProtocol(["x", "b"], ["b", "a"]), "b");
  assertEquals(selectProtocol(["x"], ["b"]), "");
  assertEquals(selectProtocol(["__proto__"], []), "");
});
