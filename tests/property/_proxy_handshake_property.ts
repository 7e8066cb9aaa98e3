import { encodeLatin1 } from "../../internal/http/http_syntax.ts";
import { HttpConnectHandshake } from "../../tcp/proxy/_http_connect.ts";
import type { ProxyHandshake } from "../../tcp/proxy/_proxy_handshake.ts";
import { Socks5Handshake } from "../../tcp/proxy/_socks5.ts";
import { cut, type Cuts, randomCuts } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";

type NoiseCase = {
  isHttp: boolean;
  hasCredentials: boolean;
  /** What the proxy sends, each character a byte. */
  text: string;
  cuts: Cuts;
};

/** What proxies send, and parts of it. */
const PIECES = [
  ...["\x05\0", "\x05\x02", "\x05\xff", "\x01\0", "\x01\x01", "\x05\0\0"],
  ...["\x01\x7f\0\0\x01\0P", "\x03\x02ab\0P", "\x04", "\0".repeat(18), "\x05"],
  ...["HTTP/1.1 200 OK\r\n", "HTTP/1.1 407 No\r\n", "HTTP/1.1 103 x\r\n"],
  ...["\r\n", "A: b\r\n", "hello", "\xff", "\n"],
];

/** How good SOCKS5 proxies begin, or none. */
const STARTS = ["", "\x05\0", "\x05\x02", "\x05\x02\x01\0"];

/** What comes of bytes that arrive in pieces. */
function outcome(handshake: ProxyHandshake, pieces: Iterable<Uint8Array>) {
  let sent = "";
  let rest = "";
  const send = () => sent += (handshake.takeOutput() ?? []).join(" ") + ";";
  send();
  for (const piece of pieces) {
    let bytes = piece;
    while (bytes.length > 0 && !handshake.isDone) {
      bytes = bytes.subarray(handshake.push(bytes));
      send();
    }
    rest += String.fromCharCode(...bytes);
  }
  const { isDone, failure = null } = handshake;
  // What follows a failure is of no use to anybody.
  if (failure !== null) rest = "";
  return { sent: sent.replace(/;+/g, ";"), rest, isDone, failure };
}

export const proxyHandshakeProperty = property<NoiseCase>({
  name: "Handshakes with proxies end alike, wherever the bytes are cut",
  runs: 2000,
  generate: (random) => {
    const isHttp = random.chance(0.5);
    const count = random.below(8);
    const pieces = Array.from({ length: count }, () => random.pick(PIECES));
    const text = (isHttp ? "" : random.pick(STARTS)) + pieces.join("");
    const hasCredentials = random.chance(0.5);
    return { isHttp, hasCredentials, text, cuts: randomCuts(random) };
  },
  check: ({ isHttp, hasCredentials, text, cuts }) => {
    const target = { hostname: "a.test", port: 80 };
    const credentials = hasCredentials
      ? { username: "me", password: "secret" }
      : undefined;
    const Handshake = isHttp ? HttpConnectHandshake : Socks5Handshake;
    const begin = () => new Handshake(target, credentials);
    const bytes = encodeLatin1(text);
    const whole = outcome(begin(), [bytes]);
    assertSame(outcome(begin(), cut(bytes, cuts)), whole);
    assertSame(whole.failure === null || whole.isDone, true);
  },
});
