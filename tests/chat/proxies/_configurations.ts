// The configurations of docs/deploy.md, with ports and files of a test.

import { serverCert, serverKey } from "../../certificates.ts";
import {
  ProxyProgram,
  STREAM_MODULE,
} from "../../tcp/proxy_protocol/_proxy_programs.ts";

const GUIDE = new URL("../../../docs/deploy.md", import.meta.url);

/** Where a chat listens, and where its proxy does. */
export interface Places {
  /** The port of the chat for HTTP. */
  readonly http: number;
  /** The port of the chat for lines. */
  readonly lines: number;
  /** The port of the proxy for lines. */
  readonly publicLines: number;
}

/** The blocks of the guide in a language. */
async function blocksOf(language: string): Promise<string[]> {
  const text = await Deno.readTextFile(GUIDE);
  const pattern = new RegExp("^```" + language + "\\n([^]*?)^```$", "gm");
  return Array.from(text.matchAll(pattern), ([, code]) => code);
}

/** Replaces texts that must be there. */
function replaceAll(text: string, pairs: Record<string, string>): string {
  let result = text;
  for (const [from, to] of Object.entries(pairs)) {
    if (!result.includes(from)) throw new Error(`There is no "${from}"`);
    result = result.replaceAll(from, to);
  }
  return result;
}

/** Puts parts of a configuration into one that nginx can run in a folder. */
function wrapNginx(directory: string, http: string, rest = ""): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`);
  const stream = rest === "" ? "" : `load_module ${STREAM_MODULE};`;
  return `daemon off; master_process off; pid ${directory}/nginx.pid;
error_log stderr; ${stream}
events {}
http { access_log off; ${folders.join(" ")}
${http}
}
${rest}`;
}

/** nginx with the guide's configuration, TLS and lines included. */
export async function makeNginxGuide(
  directory: string,
  port: number,
  { http, lines, publicLines }: Places,
): Promise<string> {
  const [web = ""] = await blocksOf("nginx");
  const [stream = ""] = await blocksOf("nginx-stream");
  const cert = "/etc/letsencrypt/live/chat.example.com";
  await Deno.writeTextFile(`${directory}/cert.pem`, serverCert);
  await Deno.writeTextFile(`${directory}/key.pem`, serverKey);
  return wrapNginx(
    directory,
    replaceAll(web, {
      "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
      [`${cert}/fullchain.pem`]: `${directory}/cert.pem`,
      [`${cert}/privkey.pem`]: `${directory}/key.pem`,
      "127.0.0.1:2021": `127.0.0.1:${http}`,
    }),
    replaceAll(stream, {
      "listen 2020": `listen 127.0.0.1:${publicLines}`,
      "127.0.0.1:2120": `127.0.0.1:${lines}`,
    }),
  );
}

/** nginx with the guide's location under a path, in plain HTTP. */
export async function makeNginxPath(
  directory: string,
  port: number,
  http: number,
): Promise<string> {
  const [web = "", path = ""] = await blocksOf("nginx");
  const fields = web.split("\n").filter((line) =>
    /proxy_(http_version|set_header)/.test(line)
  );
  const map = /map [^]*?\n\}\n/.exec(web)?.[0] ?? "";
  const location = replaceAll(path, {
    "127.0.0.1:2021;": `127.0.0.1:${http};\n${fields.join("\n")}`,
  });
  return wrapNginx(
    directory,
    `${map} server { listen 127.0.0.1:${port}; ${location} }`,
  );
}

/** HAProxy with the guide's configuration. */
export async function makeHaproxyGuide(
  directory: string,
  port: number,
  { http, lines, publicLines }: Places,
): Promise<string> {
  const [text = ""] = await blocksOf("haproxy");
  const path = `${directory}/chat.pem`;
  await Deno.writeTextFile(path, serverCert + serverKey);
  const config = replaceAll(text, {
    "bind :443": `bind 127.0.0.1:${port}`,
    "/etc/haproxy/certs/chat.example.com.pem": path,
    "127.0.0.1:2021": `127.0.0.1:${http}`,
    "bind :2020": `bind 127.0.0.1:${publicLines}`,
    "127.0.0.1:2120": `127.0.0.1:${lines}`,
  });
  return `global\n  stats socket ${directory}/admin.sock level admin\n${config}`;
}

/** The port, the certificate and the files of Caddy in a test. */
async function wrapCaddy(
  directory: string,
  port: number,
  site: string,
): Promise<string> {
  await Deno.writeTextFile(`${directory}/cert.pem`, serverCert);
  await Deno.writeTextFile(`${directory}/key.pem`, serverKey);
  const begin = "chat.example.com {\n";
  return `{
  admin off
  auto_https off
  https_port ${port}
  storage file_system ${directory}
}
${
    replaceAll(site, {
      [begin]: `${begin}  bind 127.0.0.1
  tls ${directory}/cert.pem ${directory}/key.pem
`,
    })
  }`;
}

/** Caddy with the guide's configuration, TLS included. */
export async function makeCaddyGuide(
  directory: string,
  port: number,
  { http }: Pick<Places, "http">,
): Promise<string> {
  const [text = ""] = await blocksOf("caddy");
  return wrapCaddy(
    directory,
    port,
    replaceAll(text, { "127.0.0.1:2021": `127.0.0.1:${http}` }),
  );
}

/** Caddy with the guide's lines for a path. */
export async function makeCaddyPath(
  directory: string,
  port: number,
  http: number,
): Promise<string> {
  const [, path = ""] = await blocksOf("caddy");
  return wrapCaddy(
    directory,
    port,
    replaceAll(path, { "127.0.0.1:2021": `127.0.0.1:${http}` }),
  );
}

/** How to start each program, and how to check its configuration. */
export const COMMANDS = {
  nginx: {
    run: (path: string, directory: string) => [
      ...["nginx", "-p", directory, "-e", "stderr", "-c", path],
    ],
    check: (path: string, directory: string) => [
      ...["nginx", "-t", "-p", directory, "-e", "stderr", "-c", path],
    ],
  },
  haproxy: {
    run: (path: string) => ["haproxy", "-db", "-f", path],
    check: (path: string) => ["haproxy", "-c", "-f", path],
  },
  caddy: {
    run: (path: string, directory: string) => [
      ...caddy(directory, "run", path),
    ],
    check: (path: string, directory: string) => [
      ...caddy(directory, "validate", path),
    ],
  },
};

/** A command of Caddy, which keeps a copy of its configuration in a folder. */
function caddy(directory: string, command: string, path: string): string[] {
  return [
    ...["env", `XDG_CONFIG_HOME=${directory}`, "caddy", command],
    ...["--adapter", "caddyfile", "--config", path],
  ];
}

/** Starts a proxy with a configuration that is made for its port and folder. */
export function startProxy(
  program: keyof typeof COMMANDS,
  make: (directory: string, port: number) => string | Promise<string>,
): Promise<ProxyProgram> {
  return ProxyProgram.start("127.0.0.1", async (port, directory) => ({
    config: await make(directory, port),
    command: (path) => COMMANDS[program].run(path, directory),
  }));
}
