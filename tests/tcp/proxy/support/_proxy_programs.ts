import { freePort, isListening } from "../../proxy_protocol/_proxy_programs.ts";
import { nextTurn } from "../../support/_outcomes.ts";
import { hasProgram } from "../../support/_peer.ts";
import { canUseFiles } from "../../support/kinds.ts";

const canRun = Deno.build.os === "linux" && canUseFiles();
/** Whether the SOCKS5 proxy microsocks may be run. */
export const HAS_MICROSOCKS: boolean = canRun && hasProgram("microsocks", "-h");
/** Whether the HTTP proxy tinyproxy may be run. */
export const HAS_TINYPROXY: boolean = canRun && hasProgram("tinyproxy", "-v");

/** A proxy that opens tunnels for a user `me` with the password `secret`. */
export class TunnelProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #files: string[];
  /** Its URL, without credentials. */
  readonly url: URL;

  private constructor(url: string, command: string[], files: string[]) {
    const [program = "", ...args] = command;
    this.url = new URL(url);
    this.#files = files;
    this.#process = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  static async microsocks(): Promise<TunnelProgram> {
    const port = freePort("127.0.0.1");
    const options = `-i 127.0.0.1 -p ${port} -u me -P secret`.split(" ");
    const url = `socks5://127.0.0.1:${port}`;
    return await new TunnelProgram(url, ["microsocks", ...options], [])
      .#isReady();
  }

  static async tinyproxy(): Promise<TunnelProgram> {
    const port = freePort("127.0.0.1");
    const config = await Deno.makeTempFile();
    await Deno.writeTextFile(
      config,
      `Port ${port}\nListen 127.0.0.1\nTimeout 60\nBasicAuth me secret\n`,
    );
    const url = `http://127.0.0.1:${port}`;
    const command = ["tinyproxy", "-d", "-c", config];
    return await new TunnelProgram(url, command, [config]).#isReady();
  }

  /** Its URL with a user name and a password. */
  as(username: string, password: string): URL {
    return new URL(Object.assign(new URL(this.url), { username, password }));
  }

  async #isReady(): Promise<this> {
    let isOver = false;
    this.#process.status.then(() => isOver = true);
    while (!await isListening(Number(this.url.port))) {
      if (isOver) throw new Error(`The proxy of ${this.url} ended`);
      await nextTurn();
    }
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    for (const file of this.#files) await Deno.remove(file);
  }
}
