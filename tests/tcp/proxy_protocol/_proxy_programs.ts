import { readAll } from "../../../tcp/read_all.ts";
import { dialUnix } from "../../../tcp/unix/dial_unix.ts";
import { canUseFiles } from "../support/kinds.ts";
import { hasProgram } from "../support/_peer.ts";
import {
  type ListeningProgram,
  startListening,
} from "../support/_free_port.ts";
import { nextTurn } from "../support/_outcomes.ts";

/** The module of nginx that passes streams on, where Debian has it. */
export const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";

const canRun = Deno.build.os === "linux" && canUseFiles();
/** Whether HAProxy may be run. */
export const HAS_HAPROXY: boolean = canRun && hasProgram("haproxy", "-v");
/** Whether nginx may be run, with its module for streams. */
export const HAS_NGINX: boolean = canRun && hasProgram("nginx", "-v") &&
  exists(STREAM_MODULE);
/** Whether Caddy may be run. */
export const HAS_CADDY: boolean = canRun && hasProgram("caddy", "version");

/** The configuration of a proxy, and how to start it with its file. */
interface Setup {
  readonly config: string;
  readonly command: (path: string) => string[];
}

/** A proxy that runs, and passes connections on. */
export class ProxyProgram implements ListeningProgram {
  readonly process: Deno.ChildProcess;
  readonly #directory: string;
  /** What it prints until it ends. */
  readonly #messages: Promise<string>;
  /** Where it listens. */
  readonly addr: Deno.NetAddr;

  private constructor(
    process: Deno.ChildProcess,
    directory: string,
    addr: Deno.NetAddr,
  ) {
    this.process = process;
    this.#directory = directory;
    this.#messages = new Response(process.stderr).text();
    this.addr = addr;
  }

  /**
   * Starts HAProxy.
   *
   * @param server What comes behind the name of the server in its line.
   * @param hostname Where it listens.
   */
  static haproxy(
    server: string,
    hostname = "127.0.0.1",
  ): Promise<ProxyProgram> {
    return ProxyProgram.start(hostname, (port, directory) => ({
      config: `
global
  stats socket ${directory}/admin.sock level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen test
  bind ${hostname}:${port}
  server test ${server}
`,
      command: (path) => ["haproxy", "-db", "-f", path],
    }));
  }

  /**
   * Starts nginx, which sends headers of version 1.
   *
   * @param server Where it passes connections on to.
   */
  static nginx(server: string): Promise<ProxyProgram> {
    return ProxyProgram.start("127.0.0.1", (port, directory) => ({
      config: `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr;
load_module ${STREAM_MODULE};
events {}
stream {
  server {
    listen 127.0.0.1:${port};
    proxy_pass ${server};
    proxy_protocol on;
    proxy_half_close on;
  }
}
`,
      command: (path) => ["nginx", "-p", directory, "-e", "stderr", "-c", path],
    }));
  }

  /** Starts a proxy with a configuration of its own, on a port that is free. */
  static async start(
    hostname: string,
    prepare: (port: number, directory: string) => Setup | Promise<Setup>,
  ): Promise<ProxyProgram> {
    return await startListening(hostname, async (port) => {
      const directory = await Deno.makeTempDir();
      const { config, command } = await prepare(port, directory);
      const path = `${directory}/proxy.conf`;
      await Deno.writeTextFile(path, config);
      const [program = "", ...args] = command(path);
      const process = new Deno.Command(program, {
        args,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const addr: Deno.NetAddr = { transport: "tcp", hostname, port };
      return new ProxyProgram(process, directory, addr);
    }, (proxy) => proxy.#messages);
  }

  /** Waits until HAProxy has found its server alive by ten checks in a row. */
  async hasChecked(): Promise<void> {
    await this.#command("set server test/test health down");
    while (!/^test,test,.*,UP,/m.test(await this.#command("show stat"))) {
      await nextTurn();
    }
  }

  /** Gives HAProxy a command, and returns its answer. */
  async #command(text: string): Promise<string> {
    using admin = await dialUnix(`${this.#directory}/admin.sock`);
    await admin.writeString(`${text}\n`);
    return new TextDecoder().decode(await readAll(admin));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.#messages;
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
