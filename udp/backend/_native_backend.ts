import type {
  BackendMembership,
  BindRequest,
  GroupRequest,
  UdpBackend,
  UdpSink,
} from "./_backend.ts";
import { PollWait } from "../../internal/wait/poll_budget.ts";
import { holdTimer } from "./_hold_timer.ts";
import { interfaceIndex } from "./_interfaces.ts";
import { toUdpAddr } from "../sending/_peers.ts";
import type { UdpAddr } from "../udp_address.ts";

/** Holds any datagram, so that by default none is cut. */
const FULL_BUFFER = 64 * 1024;

/** What Deno returns from a join. The calls act on the socket as a whole. */
interface NativeMembership extends BackendMembership {
  setLoopback(loopback: boolean): Promise<void>;
  setTTL?(ttl: number): Promise<void>;
}

/** The part of `Deno.DatagramConn` in use, which is known to unstable types only. */
export interface NativeSocket {
  readonly addr: Deno.Addr;
  receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  send(data: Uint8Array, addr: Deno.Addr): Promise<number>;
  joinMulticastV4(group: string, address: string): Promise<NativeMembership>;
  joinMulticastV6(group: string, index: number): Promise<NativeMembership>;
  ref(): void;
  unref(): void;
  close(): void;
}

type ListenDatagram = (options: {
  transport: "udp";
  hostname: string;
  port: number;
  reuseAddress: boolean;
  loopback: boolean;
}) => NativeSocket;

/** Returns `Deno.listenDatagram`, which exists only where it is allowed. */
function listenDatagram(): ListenDatagram | undefined {
  const found: unknown = Reflect.get(Deno, "listenDatagram");
  return typeof found === "function" ? found as ListenDatagram : undefined;
}

/** Whether this process has `Deno.listenDatagram`. */
export function hasNativeBackend(): boolean {
  return listenDatagram() !== undefined;
}

/** Binds a socket by `Deno.listenDatagram`. */
export function bindNative(request: BindRequest): NativeBackend {
  const listen = listenDatagram();
  if (listen === undefined) {
    throw new Deno.errors.NotSupported(
      'Cannot use the native back end: expected the flag "--unstable-net", or "unstable": ["net"] in deno.json',
    );
  }
  const { hostname, port, reuseAddress } = request;
  const socket = listen({
    transport: "udp",
    hostname,
    port,
    reuseAddress,
    // As the system has it by default, and `node:dgram` too.
    loopback: true,
  });
  return new NativeBackend(socket, request.maxDatagramSize);
}

/**
 * The back end over `Deno.listenDatagram`.
 *
 * At most one `receive` is in flight, as several complete out of order. While
 * calls follow each other closely each starts its own, which the runtime often
 * completes on the spot. Once the caller has let the event loop go round
 * without asking again, receiving goes on in the background, so that a burst
 * during a busy moment ends up in the queue and not on the floor; the next call
 * that has to wait ends that.
 *
 * Under a flood each receive completes on the spot, so that the event loop would
 * not be reached: the next one then waits until the runtime has polled.
 */
export class NativeBackend implements UdpBackend {
  readonly kind = "native";
  readonly addr: UdpAddr;
  readonly sendsAtOnce = true;
  readonly #socket: NativeSocket;
  readonly #bufferSize: number;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #sink: UdpSink | undefined;
  #inFlight = false;
  #isBackground = false;
  /** Whether someone has asked since the timer was set. */
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRef = true;
  /** Whether someone waits for the receive in flight. */
  #isWaited = true;
  /** What the socket was told last. */
  #isHeld = true;
  #isClosed = false;
  #membership: NativeMembership | undefined;
  readonly #pollWait = new PollWait(() => {
    if (!this.#inFlight) this.#start();
  });

  constructor(socket: NativeSocket, maxDatagramSize: number) {
    this.#socket = socket;
    this.addr = toUdpAddr(socket.addr as Deno.NetAddr);
    // One byte more tells a datagram that is cut from one that just fits.
    // Windows makes an error of a datagram that is longer than the buffer.
    this.#bufferSize = Deno.build.os === "windows"
      ? FULL_BUFFER
      : Math.min(maxDatagramSize + 1, FULL_BUFFER);
  }

  open(sink: UdpSink): void {
    this.#sink = sink;
  }

  wake(): void {
    this.#isBackground = false;
    this.#isBusy = true;
    this.#hold(true);
    if (!this.#inFlight) this.#start();
  }

  rest(): void {
    this.#isBackground = true;
    this.#hold(false);
  }

  send(data: Uint8Array, target: UdpAddr): Promise<number> {
    return this.#socket.send(data, target);
  }

  ref(): void {
    this.#isRef = true;
    this.#hold(this.#isWaited);
  }

  unref(): void {
    this.#isRef = false;
    this.#hold(this.#isWaited);
  }

  close(): void {
    this.#isClosed = true;
    this.#sink = undefined;
    this.#pollWait.leave();
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#socket.close();
  }

  setBroadcast(): void {
    // Deno's sockets may always broadcast; the connection itself keeps watch.
  }

  async join(request: GroupRequest): Promise<BackendMembership> {
    const { group, isIpv6, networkInterface } = request;
    const membership = isIpv6
      ? await this.#socket.joinMulticastV6(
        group,
        interfaceIndex(networkInterface),
      )
      : await this.#socket.joinMulticastV4(
        group,
        String(networkInterface ?? "0.0.0.0"),
      );
    this.#membership = membership;
    return membership;
  }

  async setMulticastTtl(ttl: number): Promise<void> {
    const membership = this.#requireMembership("set the multicast TTL");
    await membership.setTTL?.(ttl);
  }

  async setMulticastLoopback(on: boolean): Promise<void> {
    const membership = this.#requireMembership("set the multicast loopback");
    await membership.setLoopback(on);
  }

  setMulticastInterface(): Promise<never> {
    return Promise.reject(
      new Deno.errors.NotSupported(
        'Cannot set the multicast interface: Deno.listenDatagram has no call for it, expected { backend: "node" }',
      ),
    );
  }

  #start(): void {
    if (this.#pollWait.isWaiting) return;
    if (this.#pollWait.isSpent()) return this.#pollWait.enter(this.#isHeld);
    this.#inFlight = true;
    this.#buffer ??= new Uint8Array(this.#bufferSize);
    this.#socket.receive(this.#buffer).then(this.#onReceived, this.#onError);
  }

  readonly #onReceived = (
    result: [Uint8Array, Deno.Addr],
  ): void => {
    this.#inFlight = false;
    if (this.#sink !== undefined) {
      this.#goOn(this.#sink.onDatagram(result[0], result[1] as UdpAddr));
    }
  };

  readonly #onError = (error: unknown): void => {
    this.#inFlight = false;
    if (this.#sink === undefined) return;
    if (isUnreachable(error)) this.#goOn(this.#sink.onUnreachable(error));
    else {
      this.#isBackground = false;
      this.#sink.onFailure(error);
    }
  };

  #goOn(isWaited: boolean): void {
    if (this.#isClosed || this.#inFlight) return;
    if (isWaited || this.#isBackground) this.#start();
    else if (this.#timer === undefined) {
      this.#isBusy = false;
      this.#arm();
    }
  }

  #arm(): void {
    this.#timer = setTimeout(this.#onTimer, 0);
    holdTimer(this.#timer, false);
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    if (this.#inFlight) return;
    if (this.#isBusy) {
      // The caller was only between two calls.
      this.#isBusy = false;
      this.#arm();
      return;
    }
    this.#isBackground = true;
    this.#hold(false);
    this.#start();
  };

  /** Tells the socket whether receiving keeps the process alive. */
  #hold(isWaited: boolean): void {
    this.#isWaited = isWaited;
    const isHeld = isWaited && this.#isRef;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#pollWait.setKeepsAlive(isHeld);
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  #requireMembership(what: string): NativeMembership {
    if (this.#membership === undefined) {
      throw new Deno.errors.NotSupported(
        `Cannot ${what}: with Deno.listenDatagram it takes a group joined before, or else { backend: "node" }`,
      );
    }
    return this.#membership;
  }
}

/** Whether the system passes on an ICMP message about something sent earlier. */
function isUnreachable(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NetworkUnreachable ||
    error instanceof Error && "code" in error && error.code === "EHOSTUNREACH";
}
