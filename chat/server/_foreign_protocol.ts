/**
 * The first bytes of TLS, SSL 2 and the PROXY protocol (version 2), one character
 * for each. Other binary protocols have a NUL near their start: SOCKS, SMB, RDP,
 * MQTT, AMQP, BitTorrent, DNS, PostgreSQL and LDAP.
 */
const STARTS =
  // deno-lint-ignore no-control-regex
  /^(?:[\x14-\x17]\x03[\0-\x04]|\x80.\x01[\0\x03]|\r\n\r\n\0\r\nQUIT\n)/s;

/**
 * The first lines of such clients: HTTP of all versions, RTSP and SIP; SSH, SMTP,
 * Redis, the PROXY protocol (version 1), XMPP, IRC and VNC.
 */
const LINES =
  /^(?:[A-Za-z]+ \S+ (?:HTTP|RTSP|SIP)\/\d|(?:GET|HEAD|POST) \/\S*$|SSH-\d|(?:EHLO|HELO|LHLO) |\*\d+$|PROXY (?:TCP[46]|UNKNOWN)\b|<\?xml |<stream:|CAP LS\b|USER \S+ \S+ \S+ :|RFB \d{3}\.\d{3}$)/;

/** The bytes that {@linkcode STARTS} looks at. */
const START_LENGTH = 12;

const NUL = 0;
const LF = 10;
const CR = 13;
const IAC = 255;

/** Whether a first line is that of another protocol. */
export function isForeignLine(line: string): boolean {
  return LINES.test(line);
}

/**
 * Recognizes clients of binary protocols by the bytes of their first line, wherever
 * the packets are cut: by their start, or a NUL that is not one of telnet's.
 */
export class ForeignProtocol {
  #start = "";
  #last = LF;
  #isOver = false;

  /** Whether the bytes up to now are those of another protocol. */
  isSeenIn(bytes: Uint8Array): boolean {
    const room = START_LENGTH - this.#start.length;
    if (room > 0) {
      this.#start += String.fromCharCode(...bytes.subarray(0, room));
      if (STARTS.test(this.#start)) return true;
    }
    return this.#hasNul(bytes);
  }

  #hasNul(bytes: Uint8Array): boolean {
    for (const byte of bytes) {
      if (this.#isOver) return false;
      if (byte === NUL && this.#last !== CR) return true;
      this.#isOver = byte === LF || byte === NUL || byte === IAC;
      this.#last = byte;
    }
    return false;
  }
}
