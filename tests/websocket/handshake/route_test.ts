import { assertEquals, assertThrows } from "@std/assert";
import {
  acceptWebSocket,
  dialWebSocket,
  newServer,
  upgradeWebSocket,
} from "@vnet/net/websocket";
import { pipe } from "@vnet/net/testing";
import { checkRoute, isRoute } from "../../../websocket/handshake/_route.ts";
import { serve } from "../support/_servers.ts";

Deno.test("isRoute() compares paths by what they mean", () => {
  const same: [string, string][] = [
    ["/chat", "/chat"],
    ["/gr%C3%B6%C3%9Fe", "/größe"],
    ["/gr%c3%b6%C3%9fe", "/größe"],
    ["/größe", "/gr%C3%B6%c3%9fe"],
    ["/%63h%61t", "/chat"],
    ["/chat", "/%63h%61t"],
    ["/a%20b", "/a b"],
    ["/a|b", "/a%7Cb"],
    ["/a!b", "/a%21b"],
    ["/100%", "/100%25"],
    ["/a%2fb", "/a%2Fb"],
    ["/%F0%9F%98%80", "/😀"],
    ["/%E6%BC%A2/x", "/漢/x"],
  ];
  for (const [path, route] of same) {
    assertEquals(isRoute(path, route), true, `${path} ${route}`);
  }
  const others: [string, string][] = [
    ["/a%2Fb", "/a/b"],
    ["/a/b", "/a%2Fb"],
    ["/chat/", "/chat"],
    ["/Chat", "/chat"],
    ["/%43hat", "/chat"],
    ["/a+b", "/a b"],
    ["/a%00", "/a"],
    ["/%C3%B6", "/o\u0308"],
    ["/%F6", "/ö"],
    ["//chat", "/chat"],
    ["/x/../chat", "/chat"],
    ["/%2e/chat", "/chat"],
    ["/%63h%61", "/chat"],
    ["/%2563hat", "/chat"],
  ];
  for (const [path, route] of others) {
    assertEquals(isRoute(path, route), false, `${path} ${route}`);
  }
});

/** Routes that no request can ask for. */
const BAD = [
  "chat",
  "",
  "/chat?x",
  "/chat#x",
  "*",
  "ws://127.0.0.1/chat",
  "/a/../b",
  "/a/%2E%2e",
  "/.",
  "/a\nb",
];

Deno.test("checkRoute() refuses what no request can ask for", () => {
  for (const route of [...BAD, 1, null, {}]) {
    assertThrows(() => checkRoute(route), TypeError, "Cannot use route");
  }
  for (const route of ["/", "/a.b", "/..a", "/größe", "/a//b", "/%zz"]) {
    checkRoute(route);
  }
});

Deno.test("All servers refuse a bad route when it is given", async () => {
  for (const route of BAD) {
    if (route !== "") assertThrows(() => newServer(0, route), TypeError);
    const request = new Request("http://127.0.0.1/");
    assertThrows(() => upgradeWebSocket(request, { route }), TypeError);
    const [left, right] = pipe();
    const error = await acceptWebSocket(left, { route }).catch((error) =>
      error
    );
    assertEquals(error instanceof TypeError, true);
    assertEquals(left.state, "closed");
    right.close();
  }
});

Deno.test("A route with a space, a bare percent sign or two slashes serves its clients", async () => {
  for (const route of ["/a b", "/%zz", "//", "/a|b"]) {
    const server = newServer(0, route, { hostname: "127.0.0.1" });
    await using served = await serve(server);
    await using http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request, info) => server.handleUpgrade(request, info),
    );
    for (const port of [served.port, http.addr.port]) {
      const client = await dialWebSocket(`ws://127.0.0.1:${port}${route}`);
      await client.close();
    }
  }
});

Deno.test("A server with a route in any script serves its clients", async () => {
  const server = newServer(0, "/größe/漢", { hostname: "127.0.0.1" });
  await using served = await serve(server);
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  for (const port of [served.port, http.addr.port]) {
    const client = await dialWebSocket(
      `ws://127.0.0.1:${port}/größe/%e6%BC%A2?x=1`,
    );
    await client.close();
  }
});
