import type { Socket } from "node:dgram";
import { joinAddress } from "../../internal/address/address.ts";
import { fromNodeError } from "../../internal/errors/node_error.ts";
import { MAX_DELAY } from "../../internal/wait/max_delay.ts";
import type {
  BackendMembership,
  BindRequest,
  GroupRequest,
  UdpBackend,
  UdpSink,
} from "./_backend.ts";
import { HeldSocket } from "../../internal/held_socket.ts";
import { interfaceZone } from "./_interfaces.ts";
import { makeUdpAddr } from "../_addresses.ts";
import { isAllowed } from "../_resolve.ts";
import type { UdpAddr } from "../udp_address.ts";

/** The look-up that `node:dgram` asks for. */
type Lookup = (
  hostname: string,
  family: number,
  callback: (error: Error | null, address: string, family: number) => void,
) => void;

/** Binds a socket of `node:dgram`, which is loaded on first use. */
export async function bindNode(request: BindRequest): Promise<NodeBackend> {
  const { createSocket } = await import("node:dgram");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Names are resolved before.
  const passOn: Lookup = (hostname, family, callback) => {
    try {
      callback(null, hostname, family);
    } catch (error) {
      // `bind` throws into its own callback if there is no permission.
      reject(error);
    }
  };
  const socket = createSocket({
    type: request.isIpv6 ? "udp6" : "udp4",
    reuseAddr: request.reuseAddress,
    lookup: passOn as never,
  });
  // A pending receive keeps the flag with which it was started. So no receive
  // keeps the process alive, and a timer does it while calls wait.
  socket.unref();
  socket.once("error", reject);
  socket.bind(request.port, request.hostname, resolve);
  try {
    await promise;
  } catch (error) {
    socket.close();
    throw fromNodeError(error);
  }
  socket.off("error", reject);
  return new NodeBackend(socket, request.isIpv6);
}

/**
 * The back end over `node:dgram`, which needs no flag. It receives as long as the
 * socket is open, whether calls wait or not.
 */
export class NodeBackend extends HeldSocket implements UdpBackend {
  readonly kind = "node";
  readonly addr: UdpAddr;
  readonly sendsAtOnce = false;
  readonly #socket: Socket;
  readonly #isIpv6: boolean;
  #sink: UdpSink | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(socket: Socket, isIpv6: boolean) {
    super(false);
    const { address, port } = socket.address();
    this.#socket = socket;
    this.#isIpv6 = isIpv6;
    this.addr = makeUdpAddr(address, port);
  }

  open(sink: UdpSink): void {
    this.#sink = sink;
    this.#socket.on("message", (data, { address: hostname, port }) => {
      if (this.#sink === undefined) return;
      const addr = { transport: "udp", hostname, port } as const;
      if (!this.#sink.onDatagram(data, addr)) this.rest();
    });
    this.#socket.on("error", (error) => {
      this.#sink?.onFailure(fromNodeError(error));
    });
  }

  wake(): void {
    this.setWaited(true);
  }

  rest(): void {
    this.setWaited(false);
  }

  send(data: Uint8Array, target: UdpAddr): Promise<void> {
    const { hostname, port } = target;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.send(data, port, hostname, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(fromNodeSend(error, target));
    });
    return promise;
  }

  protected override onHeld(isHeld: boolean): void {
    this.#timer ??= setInterval(() => {}, MAX_DELAY);
    // A new timer for each wait would take 10 % of an echo's time. Timers are
    // objects, whatever their type says.
    const timer = this.#timer as unknown as number;
    if (isHeld) Deno.refTimer(timer);
    else Deno.unrefTimer(timer);
  }

  close(): void {
    this.#sink = undefined;
    clearInterval(this.#timer);
    this.#socket.close();
  }

  setBroadcast(on: boolean): void {
    this.#socket.setBroadcast(on);
  }

  async join(request: GroupRequest): Promise<BackendMembership> {
    const { group, isIpv6, networkInterface } = request;
    const on = networkInterface === undefined
      ? undefined
      : isIpv6
      ? interfaceZone(networkInterface)
      : String(networkInterface);
    await call(() => this.#socket.addMembership(group, on));
    return { leave: () => call(() => this.#socket.dropMembership(group, on)) };
  }

  setMulticastTtl(ttl: number): Promise<void> {
    return call(() => this.#socket.setMulticastTTL(ttl));
  }

  setMulticastLoopback(on: boolean): Promise<void> {
    return call(() => this.#socket.setMulticastLoopback(on));
  }

  async setMulticastInterface(given: string | number): Promise<void> {
    const on = this.#isIpv6 ? interfaceZone(given) : String(given);
    await call(() => this.#socket.setMulticastInterface(on));
  }
}

// deno-lint-ignore require-await -- an error of the call has to reject
async function call(run: () => unknown): Promise<void> {
  try {
    run();
  } catch (error) {
    throw fromNodeError(error);
  }
}

/** Converts an error of a send, which hides the system's reason as "UNKNOWN". */
function fromNodeSend(error: Error, { hostname, port }: UdpAddr): unknown {
  if (!isAllowed(hostname, port)) {
    return new Deno.errors.NotCapable(
      `requires net access to "${joinAddress(hostname, port)}"`,
      { cause: error },
    );
  }
  return fromNodeError(error);
}
