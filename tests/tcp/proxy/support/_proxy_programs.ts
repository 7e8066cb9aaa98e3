import {
  type ListeningProgram,
  startListening,
} from "../../support/_free_port.ts";
import { hasProgram } from "../../support/_peer.ts";
import { canUseFiles } from "../../support/kinds.ts";

const canRun = Deno.build.os === "linux" && canUseFiles();
/** Whether the SOCKS5 proxy microsocks may be run. */
export const HAS_MICROSOCKS: boolean = canRun && hasProgram("microsocks", "-h");
/** Whether the HTTP proxy tinyproxy may be run. */
export const HAS_TINYPROXY: boolean = canRun && hasProgram("tinyproxy", "-v");

/** A proxy that opens tunnels for a user `me` with the password `secret`. */
export class TunnelProgram implements ListeningProgram {
  readonly process: Deno.ChildProcess;
  readonly #files: string[];
  /** Its URL, without credentials. */
  readonly url: URL;

  private constructor(url: string, command: string[], files: string[]) {
    const [program = "", ...args] = command;
    this.url = new URL(url);
    this.#files = files;
    this.process = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  static microsocks(): Promise<TunnelProgram> {
    return TunnelProgram.#start((port) => {
      const options = `-i 127.0.0.1 -p ${port} -u me -P secret`.split(" ");
      const url = `socks5://127.0.0.1:${port}`;
      const command = ["microsocks", ...options];
      return Promise.resolve(new TunnelProgram(url, command, []));
    });
  }

  static tinyproxy(): Promise<TunnelProgram> {
    return TunnelProgram.#start(async (port) => {
      const config = await Deno.makeTempFile();
      await Deno.writeTextFile(
        config,
        `Port ${port}\nListen 127.0.0.1\nTimeout 60\nBasicAuth me secret\n`,
      );
      const url = `http://127.0.0.1:${port}`;
      const command = ["tinyproxy", "-d", "-c", config];
      return new TunnelProgram(url, command, [config]);
    });
  }

  static #start(
    start: (port: number) => Promise<TunnelProgram>,
  ): Promise<TunnelProgram> {
    const name = ({ url }: TunnelProgram) => Promise.resolve(`${url}`);
    return startListening("127.0.0.1", start, name);
  }

  /** Its URL with a user name and a password. */
  as(username: string, password: string): URL {
    return new URL(Object.assign(new URL(this.url), { username, password }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    for (const file of this.#files) await Deno.remove(file);
  }
}
