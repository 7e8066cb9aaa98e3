// The chat behind the real nginx, HAProxy and Caddy, with the configurations of
// the guide. Clients of several addresses are of 127.0.0.0/8.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import {
  HAS_CADDY,
  HAS_HAPROXY,
  HAS_NGINX,
  ProxyProgram,
} from "../../tcp/proxy_protocol/_proxy_programs.ts";
import { freePort } from "../../tcp/support/_free_port.ts";
import { until } from "../../tcp/support/_outcomes.ts";
import {
  COMMANDS,
  makeCaddyGuide,
  makeCaddyPath,
  makeHaproxyGuide,
  makeNginxGuide,
  makeNginxPath,
  type Places,
  startProxy,
} from "./_configurations.ts";
import {
  askPage,
  ban,
  enter,
  type Front,
  isBanned,
  openSocket,
  portsOf,
  TOKEN,
} from "./_proxied_user.ts";

const HERE = { from: ["127.0.0.1"] };
const ANN = { from: "127.0.0.2" };
const BOB = { from: "127.0.0.3" };
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

/** A chat as the command of the guide starts it. */
const AS_IN_GUIDE: ChatServerOptions = {
  tcp: { port: 0, proxyProtocol: HERE },
  http: {
    port: 0,
    trustedProxies: HERE,
    forwardedOrigin: true,
    allowedHosts: ["chat.example.com"],
  },
  operatorToken: TOKEN,
  exemptLoopback: false,
};

/** What the server has to know of its users: no address but these. */
function addressesOf(events: readonly ChatServerEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "connect" ? event.address.replace(/:\d+$/, "") : []
  );
}

/** The line that the chat sends first to a client of an address. */
async function firstLine(
  lines: { hostname: string; port: number },
  from: string,
): Promise<string> {
  const localAddress = `${from}:0`;
  const conn = await dialTcp(lines, { localAddress, ...HANGS });
  const line = await conn.readLine(HANGS);
  conn.terminate();
  return line ?? "";
}

type MakeConfig = (
  directory: string,
  port: number,
  places: Places,
) => Promise<string>;

/** A proxy of the guide; `hasLines` is whether it passes lines on, too. */
interface Guide {
  readonly program: keyof typeof COMMANDS;
  readonly isThere: boolean;
  readonly make: MakeConfig;
  readonly hasLines: boolean;
}

const GUIDES: readonly Guide[] = [
  {
    program: "nginx",
    isThere: HAS_NGINX,
    make: makeNginxGuide,
    hasLines: true,
  },
  {
    program: "haproxy",
    isThere: HAS_HAPROXY,
    make: makeHaproxyGuide,
    hasLines: true,
  },
  {
    program: "caddy",
    isThere: HAS_CADDY,
    make: makeCaddyGuide,
    hasLines: false,
  },
];

for (const { program, isThere, make, hasLines } of GUIDES) {
  Deno.test({
    name: `${program} accepts the configuration of the guide`,
    ignore: !isThere,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        const path = `${directory}/test.conf`;
        const places = { http: 2021, lines: 2120, publicLines: 2020 };
        const config = await make(directory, 2443, places);
        await Deno.writeTextFile(path, config);
        const [name = "", ...args] = COMMANDS[program].check(path, directory);
        const { code, stderr } = await new Deno.Command(name, { args })
          .output();
        assertEquals(code, 0, new TextDecoder().decode(stderr));
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });

  Deno.test({
    name: `The chat knows its users behind ${program}`,
    ignore: !isThere,
    async fn() {
      const events: ChatServerEvent[] = [];
      await using server = serveChat({
        ...AS_IN_GUIDE,
        onEvent: (event) => void events.push(event),
      });
      let publicLines = 0;
      await using proxy = await startProxy(
        program,
        (directory, port) => {
          publicLines = freePort();
          return make(directory, port, { ...portsOf(server), publicLines });
        },
      );
      const front: Front = { port: proxy.addr.port, isTls: true, path: "/" };
      assertStringIncludes(await askPage(front, "/", ANN), "<title>");
      using ann = await enter(front, ANN, "ann");
      // Whatever a client says of itself means nothing.
      const forged = {
        ...BOB,
        fields: [
          "X-Forwarded-For: 203.0.113.9",
          "Forwarded: for=203.0.113.9;proto=http;host=evil.example",
          "X-Forwarded-Proto: http",
          "X-Forwarded-Host: evil.example",
          "X-Real-IP: 203.0.113.9",
        ],
      };
      using bob = await enter(front, forged, "bob");

      assertEquals(addressesOf(events), [ANN.from, BOB.from]);

      await ban(ann, "bob");
      assert(isBanned(await bob.rest()));
      assertEquals(await openSocket(front, BOB), 403);
      assertEquals(await openSocket(front, forged), 403);
      assertMatch(await askPage(front, "/", BOB), /^HTTP\/1\.1 403 /);
      if (hasLines) {
        const lines = { hostname: "127.0.0.1", port: publicLines };
        assertMatch(await firstLine(lines, "127.0.0.4"), /^\*\*\* Welcome/);
        assertEquals(addressesOf(events).at(-1), "127.0.0.4");
        assertMatch(await firstLine(lines, BOB.from), /^\*\*\* Goodbye/);
      }
      ann.send({ type: "ping" });
      assertEquals((await ann.until("pong")).type, "pong");
    },
  });

  Deno.test({
    name: `Limits per address count the clients of ${program}`,
    ignore: !isThere,
    async fn() {
      await using server = serveChat({ ...AS_IN_GUIDE, maxPerAddress: 1 });
      await using proxy = await startProxy(
        program,
        (directory, port) => {
          const places = { ...portsOf(server), publicLines: freePort() };
          return make(directory, port, places);
        },
      );
      const front: Front = { port: proxy.addr.port, isTls: true, path: "/" };
      using ann = await enter(front, ANN, "ann");
      using _bob = await enter(front, BOB, "bob");
      assertEquals(await openSocket(front, ANN), 429);
      ann.close();
      await until(() => server.stats.connections.websocket === 1);
      using _again = await enter(front, ANN, "ann2");
    },
  });
}

for (
  const { program, isThere, make, isTls } of [
    {
      program: "nginx",
      isThere: HAS_NGINX,
      make: makeNginxPath,
      isTls: false,
    },
    {
      program: "caddy",
      isThere: HAS_CADDY,
      make: makeCaddyPath,
      isTls: true,
    },
  ] as const
) {
  Deno.test({
    name: `The chat is served under a path by ${program}`,
    ignore: !isThere,
    async fn() {
      const http = {
        port: 0,
        basePath: "/team",
        trustedProxies: HERE,
        forwardedOrigin: true,
        allowedHosts: ["chat.example.com"],
      };
      await using server = serveChat({ http });
      await using proxy = await startProxy(
        program,
        (directory, port) => make(directory, port, server.httpAddr.port),
      );
      const front: Front = { port: proxy.addr.port, isTls, path: "/team/" };
      assertStringIncludes(await askPage(front, "/team/", ANN), "<title>");
      assertEquals(await statusOf(front, "/"), 404);
      assertEquals(await statusOf(front, "/healthz"), 404);
      using _ann = await enter(front, ANN, "ann");
    },
  });
}

/** The status of a page for a client. */
async function statusOf(front: Front, path: string): Promise<number> {
  return Number((await askPage(front, path, ANN)).split(" ")[1]);
}

for (const version of ["send-proxy", "send-proxy-v2"]) {
  Deno.test({
    name: `Both ports of the chat read the headers of HAProxy's ${version}`,
    ignore: !HAS_HAPROXY,
    async fn() {
      const events: ChatServerEvent[] = [];
      await using server = serveChat({
        tcp: { port: 0, proxyProtocol: HERE },
        http: { port: 0, proxyProtocol: HERE, allowedHosts: "*" },
        operatorToken: TOKEN,
        exemptLoopback: false,
        maxPerAddress: 1,
        onEvent: (event) => void events.push(event),
      });
      const { http, lines } = portsOf(server);
      const [web, text] = await Promise.all(
        [http, lines].map((port) =>
          ProxyProgram.haproxy(`127.0.0.1:${port} ${version}`)
        ),
      );
      await using _web = web;
      await using _text = text;
      const front: Front = { port: web.addr.port, isTls: false, path: "/" };
      using ann = await enter(front, ANN, "ann");
      using bob = await enter(front, BOB, "bob");
      assertEquals(await openSocket(front, ANN), 429);
      const carol = await dialTcp(text.addr, {
        localAddress: "127.0.0.4:0",
        ...HANGS,
      });
      assertMatch(await carol.readLine(HANGS) ?? "", /^\*\*\* Welcome/);
      assertEquals(addressesOf(events), [
        "127.0.0.2",
        "127.0.0.3",
        "127.0.0.4",
      ]);
      await ban(ann, "bob");
      assert(isBanned(await bob.rest()));
      assertEquals(await openSocket(front, BOB), 403);
      carol.terminate();
    },
  });
}
