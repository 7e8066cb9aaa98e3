import { Alarm } from "../../internal/wait/alarm.ts";
import { PollWait } from "../../internal/wait/poll_budget.ts";
import { makeUdpAddr } from "../_addresses.ts";
import type { UdpAddr } from "../udp_address.ts";
import type {
  BackendMembership,
  BindRequest,
  GroupRequest,
  UdpBackend,
  UdpSink,
} from "./_backend.ts";
import { HeldSocket } from "../../internal/held_socket.ts";
import { interfaceIndex } from "./_interfaces.ts";

/** The size of a buffer for any datagram, so that by default none is cut. */
const FULL_BUFFER = 64 * 1024;

/** The membership of the runtime. Its setters act on the socket as a whole. */
interface NativeMembership extends BackendMembership {
  setLoopback(loopback: boolean): Promise<void>;
  setTTL?(ttl: number): Promise<void>;
}

/** The part of `Deno.DatagramConn` in use; only unstable types declare it. */
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

/** Returns `Deno.listenDatagram`, which exists only with the unstable flag. */
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
    // The default of the system, and of `node:dgram`.
    loopback: true,
  });
  return new NativeBackend(socket, request.maxDatagramSize);
}

/**
 * The back end over `Deno.listenDatagram`.
 *
 * At most one `receive` is pending, as several complete out of order. While calls
 * follow each other closely, each starts its own, which the runtime often
 * completes at once. After a turn of the event loop without a call, receiving
 * continues in the background, so that a burst in a busy moment is queued and not
 * dropped by the system; the next call that has to wait ends that.
 *
 * Under a flood each receive completes at once, so that the event loop would not
 * be reached: the next receive then waits until the runtime has polled.
 */
export class NativeBackend extends HeldSocket implements UdpBackend {
  readonly kind = "native";
  readonly addr: UdpAddr;
  readonly sendsAtOnce = true;
  readonly #socket: NativeSocket;
  readonly #bufferSize: number;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #sink: UdpSink | undefined;
  #inFlight = false;
  #isBackground = false;
  /** Whether a call has asked since the alarm was set. */
  #isBusy = false;
  /** Rings after a turn of the event loop. */
  readonly #idle = new Alarm(() => this.#onIdle(), false);
  #membership: NativeMembership | undefined;
  readonly #pollWait = new PollWait(() => {
    if (!this.#inFlight) this.#start();
  });

  constructor(socket: NativeSocket, maxDatagramSize: number) {
    super(true);
    this.#socket = socket;
    const { hostname, port } = socket.addr as Deno.NetAddr;
    this.addr = makeUdpAddr(hostname, port);
    // One byte more tells a datagram that is cut from one that just fits. Under
    // Windows, a datagram that is longer than the buffer is an error.
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
    this.setWaited(true);
    if (!this.#inFlight) this.#start();
  }

  rest(): void {
    this.#isBackground = true;
    this.setWaited(false);
  }

  send(data: Uint8Array, target: UdpAddr): Promise<number> {
    return this.#socket.send(data, target);
  }

  protected override onHeld(isHeld: boolean): void {
    this.#pollWait.setKeepsAlive(isHeld);
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  close(): void {
    this.#sink = undefined;
    this.#pollWait.leave();
    this.#idle.stop();
    this.#socket.close();
  }

  setBroadcast(): void {
    // Deno's sockets may always broadcast; the connection checks the address.
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
    if (this.#pollWait.isSpent()) return this.#pollWait.enter(this.isHeld);
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
    if (this.#sink === undefined || this.#inFlight) return;
    if (isWaited || this.#isBackground) this.#start();
    else if (this.#idle.at === Infinity) this.#watchIdle();
  }

  #watchIdle(): void {
    this.#isBusy = false;
    this.#idle.ringBy(performance.now());
  }

  #onIdle(): void {
    if (this.#inFlight || this.#sink === undefined) return;
    // The caller may be between two calls.
    if (this.#isBusy) return this.#watchIdle();
    this.#isBackground = true;
    this.setWaited(false);
    this.#start();
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

/** Whether an error passes on an ICMP message about an earlier datagram. */
function isUnreachable(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NetworkUnreachable ||
    error instanceof Error && "code" in error && error.code === "EHOSTUNREACH";
}
