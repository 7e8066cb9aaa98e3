import { assert, assertEquals } from "@std/assert";
import {
  ForeignProtocol,
  isForeignLine,
} from "../../../chat/server/_foreign_protocol.ts";

const latin1 = (text: string) =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

const BINARY: Readonly<Record<string, string>> = {
  "TLS 1.3": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n\n",
  "TLS 1.2": "\x16\x03\x03\x00\xa5\x01",
  "a TLS alert": "\x15\x03\x01\x00\x02\x02\x28",
  "SSL 2": "\x80\x2e\x01\x03\x01\x00\x15",
  "PROXY 2": "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
  "SOCKS 5": "\x05\x02\x00\x02",
  "SOCKS 4": "\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
  "RDP": "\x03\x00\x00\x13\x0e\xe0",
  "SMB": "\x00\x00\x00\x85\xffSMB",
  "MQTT": "\x10\x25\x00\x06MQIsdp\x03",
  "AMQP": "AMQP\x00\x00\x09\x01",
  "PostgreSQL": "\x00\x00\x00\x08\x04\xd2\x16\x2f",
  "LDAP": "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00",
  "BitTorrent": "\x13BitTorrent protocol\x00\x00\x00\x00",
  "DNS": "\x00\x1d\xab\xcd\x01\x00",
};

for (const [name, start] of Object.entries(BINARY)) {
  Deno.test(`ForeignProtocol recognizes ${name}, wherever the packets are cut`, () => {
    assert(new ForeignProtocol().isSeenIn(latin1(start)));
    const single = new ForeignProtocol();
    assert(
      [...latin1(start)].some((byte) => single.isSeenIn(Uint8Array.of(byte))),
    );
  });
}

Deno.test("ForeignProtocol passes lines of text, JSON and telnet", () => {
  const starts = [
    "alice\r\n",
    "alice\r\0bob\r\0",
    "\n\r\nalice\n",
    '{"type":"hello","version":1}\n',
    "\x1b[Aalice\n",
    "\x03\x15alice\n",
    "\xe6\x9d\x8e\xe9\x9b\xb7\n",
    "alice\n\0\n",
    // Telnet: the size of the window has a NUL.
    "\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x18\xff\xf0alice\r\0",
    "\xff\xfd\x03alice\r\n",
    "",
  ];
  for (const start of starts) {
    assert(!new ForeignProtocol().isSeenIn(latin1(start)), start);
    const single = new ForeignProtocol();
    for (const byte of latin1(start)) {
      assert(!single.isSeenIn(Uint8Array.of(byte)), start);
    }
  }
});

Deno.test("isForeignLine() recognizes the first lines of other protocols", () => {
  const lines = [
    "GET / HTTP/1.1",
    "POST /x?y=z HTTP/1.0",
    "CONNECT example.com:443 HTTP/1.1",
    "PRI * HTTP/2.0",
    "GET /",
    "OPTIONS * RTSP/1.0",
    "OPTIONS sip:nm SIP/2.0",
    "SSH-2.0-OpenSSH_9.6",
    "EHLO mail.example.com",
    "HELO x",
    "*1",
    "*3",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2",
    "PROXY UNKNOWN",
    "<?xml version='1.0'?>",
    "<stream:stream to='x'>",
    "CAP LS 302",
    "USER alice 0 * :Alice",
    "RFB 003.008",
  ];
  assertEquals(lines.filter((line) => !isForeignLine(line)), []);
});

Deno.test("isForeignLine() passes what users type", () => {
  const lines = [
    "alice",
    "GET",
    "ssh",
    "SSH-alice",
    "/join cats",
    "hello everyone",
    "User",
    "*",
    "proxy",
    '{"type":"hello"}',
    "get well soon",
    "I GET it",
  ];
  assertEquals(lines.filter(isForeignLine), []);
});

Deno.test("isForeignLine() takes time in proportion to the line", () => {
  assert(!isForeignLine("x ".repeat(50_000)));
  assert(!isForeignLine(`USER ${"x".repeat(100_000)}`));
});
