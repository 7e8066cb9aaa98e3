import type { UdpBackend, UdpSink } from "../../../udp/backend/_backend.ts";
import { makeUdpAddr } from "../../../udp/_addresses.ts";
import { Zones } from "../../../udp/_zones.ts";
import { makeUdpConn, type UdpConn } from "../../../udp/udp_conn.ts";
import { completeOptions } from "../../../udp/udp_options.ts";
import type { UdpAddr } from "@vnet/net/udp";

/** A back end whose sends end when the test says so. */
export class FakeBackend implements UdpBackend {
  readonly kind = "native";
  readonly addr: UdpAddr;
  readonly sendsAtOnce: boolean;
  sink: UdpSink | undefined;
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  /** The sends, with the bytes as they are at the end. */
  readonly sends: {
    data: Uint8Array;
    target: UdpAddr;
    done: PromiseWithResolvers<void>;
  }[] = [];

  constructor(sendsAtOnce = true, hostname = "127.0.0.1") {
    this.addr = makeUdpAddr(hostname, 5000);
    this.sendsAtOnce = sendsAtOnce;
  }

  open(sink: UdpSink): void {
    this.sink = sink;
  }

  send(data: Uint8Array, target: UdpAddr): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.sends.push({ data, target, done });
    return done.promise;
  }

  wake(): void {
    this.calls.push("wake");
  }

  rest(): void {
    this.calls.push("rest");
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }

  close(): void {
    this.calls.push("close");
  }

  setBroadcast(on: boolean): void {
    this.calls.push(`setBroadcast ${on}`);
  }

  join(): Promise<{ leave: () => Promise<void> }> {
    this.calls.push("join");
    return Promise.resolve({
      leave: () => {
        this.calls.push("leave");
        return Promise.resolve();
      },
    });
  }

  setMulticastTtl(ttl: number): Promise<void> {
    this.calls.push(`setMulticastTtl ${ttl}`);
    return ttl === 13
      ? Promise.reject(new Deno.errors.NotSupported("No such luck"))
      : Promise.resolve();
  }

  setMulticastLoopback(on: boolean): Promise<void> {
    this.calls.push(`setMulticastLoopback ${on}`);
    return Promise.resolve();
  }

  setMulticastInterface(networkInterface: string | number): Promise<void> {
    this.calls.push(`setMulticastInterface ${networkInterface}`);
    return Promise.resolve();
  }
}

/** A connection over a fake back end, dialled if `remote` is given. */
export function makeConn(
  backend: FakeBackend,
  remote?: { hostname: string; port: number },
  zones: Zones = new Zones(undefined, () => []),
): UdpConn {
  return makeUdpConn({
    backend,
    options: completeOptions({}),
    zones,
    remote: remote && { ip: remote.hostname, target: remote },
  });
}
