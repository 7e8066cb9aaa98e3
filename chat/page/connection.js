/**
 * The part that keeps a WebSocket to the server, again and
 * again. It knows when a connection is dead, and nothing of what is said on it.
 */

const SUBPROTOCOL = "vnet-chat.1";
/** Milliseconds before the second attempt; doubled with each one. */
const FIRST_DELAY = 500;
const LAST_DELAY = 30_000;
/** Milliseconds that a connection may take to open. */
const OPEN_TIMEOUT = 15_000;
/** Milliseconds of silence after which the server is asked for a sign of life. */
const QUIET_TIME = 25_000;
/** Milliseconds that it gets for that. */
const PONG_TIMEOUT = 8_000;

/**
 * Milliseconds until an attempt: so long that a server that has come back is not
 * overrun, and each page a different time.
 */
export function retryDelay(attempt, random) {
  const delay = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** attempt);
  return delay / 2 + random * delay / 2;
}

export class Connection {
  #socket;
  #timer;
  #watch;
  #attempt = 0;
  #heardAt = 0;
  #askedAt;

  /**
   * The system has open(protocol), now(), random() and the four functions of
   * timers; the listener onOpen(), onMessage(message) and onStatus(status).
   */
  constructor(system, listener) {
    this.system = system;
    this.listener = listener;
    this.status = { name: "stopped" };
  }

  start() {
    if (this.#socket) return;
    this.system.clearTimeout(this.#timer);
    this.#setStatus({ name: "connecting", attempt: this.#attempt });
    const socket = this.system.open(SUBPROTOCOL);
    this.#socket = socket;
    this.#timer = this.system.setTimeout(() => this.#lose(), OPEN_TIMEOUT);
    socket.onopen = () => {
      this.system.clearTimeout(this.#timer);
      this.#heard();
      this.#watch = this.system.setInterval(() => this.#check(), 2_000);
      this.listener.onOpen();
    };
    socket.onmessage = ({ data }) => {
      this.#heard();
      const message = parseMessage(data);
      if (message) this.listener.onMessage(message);
    };
    socket.onclose = () => this.#lose();
  }

  /** The server has let us in: the next loss begins with short delays. */
  confirm() {
    this.#attempt = 0;
    this.#setStatus({ name: "online" });
  }

  send(message) {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Ends it for good, and says why. */
  stop(text) {
    this.#drop();
    this.#attempt = 0;
    this.#setStatus({ name: "stopped", text });
  }

  /** Tries at once rather than at the end of the delay. */
  retryNow() {
    if (this.status.name === "waiting") this.start();
  }

  /** Asks for a sign of life, as after a change of the network. */
  suspect() {
    if (this.#socket?.readyState !== 1 || this.#askedAt !== undefined) return;
    this.#askedAt = this.system.now();
    this.send({ type: "ping" });
  }

  #heard() {
    this.#heardAt = this.system.now();
    this.#askedAt = undefined;
  }

  #check() {
    const now = this.system.now();
    if (this.#askedAt !== undefined) {
      if (now - this.#askedAt >= PONG_TIMEOUT) this.#lose();
    } else if (now - this.#heardAt >= QUIET_TIME) {
      this.suspect();
    }
  }

  #lose() {
    this.#drop();
    const delay = retryDelay(this.#attempt, this.system.random());
    this.#attempt++;
    this.#timer = this.system.setTimeout(() => this.start(), delay);
    this.#setStatus({
      name: "waiting",
      attempt: this.#attempt,
      until: this.system.now() + delay,
    });
  }

  #drop() {
    this.system.clearTimeout(this.#timer);
    this.system.clearInterval(this.#watch);
    this.#askedAt = undefined;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #setStatus(status) {
    this.status = status;
    this.listener.onStatus(status);
  }
}

function parseMessage(data) {
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
