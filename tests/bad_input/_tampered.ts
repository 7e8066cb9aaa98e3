import { pipe } from "../../tcp/pipe.ts";
import { TcpConn } from "../../tcp/tcp_conn.ts";
import {
  type Conn,
  connectLayers,
  connectTcp,
  connectTls,
  connectUnix,
  type KindName,
} from "../tcp/support/kinds.ts";

/** A direction of a connection, whose bytes go through the attacker's hands. */
export class TamperedWay {
  readonly #from: Conn;
  readonly #to: Conn;
  /** What becomes of a piece of what is sent. */
  tamper: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;

  constructor(from: Conn, to: Conn) {
    this.#from = from;
    this.#to = to;
  }

  /** Passes on what comes, until either end has had enough. */
  async pass(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (
        let length = await this.#from.read(buffer);
        length !== null;
        length = await this.#from.read(buffer)
      ) await this.#to.write(this.tamper(buffer.slice(0, length)));
      await this.#to.closeWrite();
    } catch {
      // One of the ends has closed: that is what the tests look at.
    }
  }

  /** Sends bytes of the attacker's own. */
  async inject(bytes: Uint8Array): Promise<void> {
    await this.#to.write(bytes);
  }

  /** Ends the stream of bytes, without a word of TLS. */
  async end(): Promise<void> {
    await this.#to.closeWrite();
  }
}

/** Two ends of TLS with an attacker between them. */
export interface Tampered extends AsyncDisposable {
  readonly client: Conn;
  readonly server: Conn;
  readonly toServer: TamperedWay;
  readonly toClient: TamperedWay;
}

/** Connects two ends of a kind with TLS by way of an attacker. */
export async function connectTampered(kind: KindName): Promise<Tampered> {
  const below = kind.split("/")[1];
  if (below === undefined) return await connectRuntime();
  const connect = below === "tcp"
    ? () => connectTcp()
    : below === "unix"
    ? connectUnix
    : () => Promise.resolve(pipe());
  const [left, dialled] = await connect();
  const [target, right] = await connect();
  const middle = new Middle(dialled, target);
  const [client, server] = await connectLayers([left, right]);
  return middle.between(client, server);
}

async function connectRuntime(): Promise<Tampered> {
  const joining = Promise.withResolvers<Middle>();
  const [client, server] = await connectTls((addr) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = addr;
    const join = async () => {
      const dialled = new TcpConn(await listener.accept());
      listener.close();
      const target = new TcpConn(await Deno.connect({ hostname, port }));
      return new Middle(dialled, target);
    };
    join().then(joining.resolve, joining.reject);
    return Promise.resolve(listener.addr);
  });
  return (await joining.promise).between(client, server);
}

class Middle {
  readonly #ends: readonly Conn[];
  readonly #passing: readonly Promise<void>[];
  readonly #toServer: TamperedWay;
  readonly #toClient: TamperedWay;

  constructor(dialled: Conn, target: Conn) {
    this.#ends = [dialled, target];
    this.#toServer = new TamperedWay(dialled, target);
    this.#toClient = new TamperedWay(target, dialled);
    this.#passing = [this.#toServer.pass(), this.#toClient.pass()];
  }

  between(client: Conn, server: Conn): Tampered {
    const [toServer, toClient] = [this.#toServer, this.#toClient];
    return {
      client,
      server,
      toServer,
      toClient,
      [Symbol.asyncDispose]: async () => {
        for (const conn of [client, server, ...this.#ends]) conn.terminate();
        await Promise.all(this.#passing);
      },
    };
  }
}
