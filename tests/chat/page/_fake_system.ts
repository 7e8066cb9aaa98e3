interface Timer {
  at: number;
  readonly every: number;
  readonly act: () => void;
}

/** What the page has of a browser: a clock that stands, and no network. */
export class FakeSystem {
  time = 1_000_000;
  readonly sockets: FakeSocket[] = [];
  readonly #timers = new Map<number, Timer>();
  #lastTimer = 0;

  now = (): number => this.time;
  random = (): number => 1;
  makePrefix = (): string => "ref";
  open = (): FakeSocket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  setTimeout = (act: () => void, delay: number): number =>
    this.#add({ at: this.time + delay, every: 0, act });
  setInterval = (act: () => void, every: number): number =>
    this.#add({ at: this.time + every, every, act });
  clearTimeout = (timer: number): void => void this.#timers.delete(timer);
  clearInterval = (timer: number): void => void this.#timers.delete(timer);

  /** The connection of now. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("There is no connection");
    return socket;
  }

  /** Lets time pass, and what is due in it happen. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined || next[1].at > end) break;
      const [id, timer] = next;
      this.time = timer.at;
      timer.at += timer.every;
      if (timer.every === 0) this.#timers.delete(id);
      timer.act();
    }
    this.time = end;
  }

  #add(timer: Timer): number {
    this.#timers.set(++this.#lastTimer, timer);
    return this.#lastTimer;
  }
}

/** What the page sends. */
interface Request {
  readonly type: string;
  readonly ref?: string;
  readonly after?: number;
  readonly nickname?: string;
  readonly room?: string;
  readonly text?: string;
  readonly before?: number;
  readonly limit?: number;
}

/** The server's end of a connection, played by a test. */
export class FakeSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  #sent: Request[] = [];

  send(data: string): void {
    this.#sent.push(JSON.parse(data));
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  tell(...messages: readonly object[]): void {
    for (const message of messages) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
  }

  /** Ends it as a broken network does. */
  lose(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  /** What the page has sent of these types since it was asked last. */
  took(...types: readonly string[]): Request[] {
    const taken = this.#sent.filter(({ type }) => types.includes(type));
    this.#sent = this.#sent.filter((message) => !taken.includes(message));
    return taken;
  }
}
