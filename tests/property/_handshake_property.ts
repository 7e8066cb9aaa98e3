import { acceptKey } from "../../websocket/handshake/_accept_key.ts";
import {
  checkResponse,
  makeRequest,
} from "../../websocket/handshake/_client_handshake.ts";
import type { DeflateOptions } from "../../websocket/deflate/_deflate_negotiation.ts";
import {
  formatExtensions,
  parseExtensions,
} from "../../websocket/handshake/_extensions.ts";
import {
  HttpHeadParser,
  parseRequestLine,
} from "../../internal/http/http_head.ts";
import { ResponseReader } from "../../internal/http/response_reader.ts";
import { acceptUpgrade } from "../../websocket/handshake/_server_handshake.ts";
import {
  isRefusal,
  readUpgradeRequest,
} from "../../websocket/handshake/_upgrade_request.ts";
import { parseWebSocketUrl } from "../../websocket/handshake/_websocket_url.ts";
import { cut, type Cuts, randomCuts } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

type DeflateCase = {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  /** 0 for none given. */
  serverMaxWindowBits: number;
  clientMaxWindowBits: number;
};

type HandshakeCase = {
  url: string;
  offered: string[];
  served: string[];
  /** What each side wants; none if it does not compress. */
  client: DeflateCase[];
  server: DeflateCase[];
  cuts: Cuts;
};

function randomDeflate(random: Random): DeflateCase[] {
  if (random.chance(0.3)) return [];
  const bits = () => random.chance(0.5) ? 0 : random.int(8, 15);
  return [{
    serverNoContextTakeover: random.chance(0.5),
    clientNoContextTakeover: random.chance(0.5),
    serverMaxWindowBits: bits(),
    clientMaxWindowBits: bits(),
  }];
}

function toOptions(
  [given]: readonly DeflateCase[],
): DeflateOptions | undefined {
  if (given === undefined) return undefined;
  const bits = (value: number) => value >= 8 && value <= 15 ? value : undefined;
  return {
    ...given,
    serverMaxWindowBits: bits(given.serverMaxWindowBits),
    clientMaxWindowBits: bits(given.clientMaxWindowBits),
  };
}

/** Names that are tokens, each once. */
function toTokens(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => /^[a-z]+$/.test(name)))];
}

export const handshakeProperty = property<HandshakeCase>({
  name: "both sides of a handshake agree, whatever each of them wants",
  runs: 3_000,
  generate: (random) => ({
    url: random.pick(["ws://h/", "ws://u:p@h:81/a?b=%20", "ws://[::1]:8/"]),
    offered: Array.from(
      { length: random.below(4) },
      () => random.pick(["chat", "echo", "constructor", "x"]),
    ),
    served: Array.from(
      { length: random.below(4) },
      () => random.pick(["chat", "echo", "constructor", "toString"]),
    ),
    client: randomDeflate(random),
    server: randomDeflate(random),
    cuts: randomCuts(random),
  }),
  check: (value) => {
    const target = parseWebSocketUrl(
      /^ws:\/\/[^/]+\//.test(value.url) ? value.url : "ws://h/",
    );
    const protocols = toTokens(value.offered);
    const served = toTokens(value.served);
    const request = makeRequest(target, {
      protocols,
      deflate: toOptions(value.client),
    });
    const parser = new HttpHeadParser(parseRequestLine);
    for (const piece of cut(request.bytes, value.cuts)) parser.push(piece);
    if (parser.head === undefined) throw new Error(parser.failure?.reason);
    const read = readUpgradeRequest(parser.head, { isSecure: false });
    if (isRefusal(read)) throw new Error(read.reason);
    const accepted = acceptUpgrade(read, {
      protocols: served,
      deflate: toOptions(value.server),
    });
    const reader = new ResponseReader();
    for (const piece of cut(accepted.response, value.cuts)) reader.push(piece);
    if (reader.head === undefined) throw new Error(reader.failure?.reason);
    const opened = checkResponse(request, reader.head);
    assertSame(opened.protocol, accepted.protocol);
    assertSame(
      accepted.protocol,
      protocols.find((name) => served.includes(name)) ?? "",
    );
    assertSame(sorted(opened.deflate), sorted(accepted.deflate));
    assertSame(read.key.length, 24);
    assertSame(acceptKey(read.key).length, 28);
  },
});

function sorted(params: object | undefined): unknown {
  return params && Object.entries(params).sort();
}

type ExtensionsCase = { text: string };

const PIECES = [
  ...["permessage-deflate", "x", "server_max_window_bits", "=", "=10", ";"],
  ...[",", " ", "\t", '"', '="8"', "\\", "a", "\x80", '="', "(", "; b=c"],
];

export const extensionsProperty = property<ExtensionsCase>({
  name: "parseExtensions() reads again what it has read and written",
  runs: 10_000,
  generate: (random) => ({
    text: Array.from(
      { length: random.below(12) },
      () => random.pick(PIECES),
    ).join(""),
  }),
  check: ({ text }) => {
    const extensions = parseExtensions(text);
    if (extensions === undefined) return;
    assertSame(extensions.length > 0, true);
    assertSame(parseExtensions(formatExtensions(extensions)), extensions);
  },
});
