import { assertEquals, assertStringIncludes } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The browser's command, if there is one. */
async function findBrowser(): Promise<string | undefined> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
    return undefined;
  }
  for (const name of NAMES) {
    try {
      const args = ["--version"];
      const { success } = await new Deno.Command(name, {
        args,
        stderr: "null",
      }).output();
      if (success) return name;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

const browser = await findBrowser();

/** A page that echoes some messages and writes down what came of it. */
function page(url: string): string {
  const script = `
    const ws = new WebSocket("${url}", ["a", "b"]);
    ws.binaryType = "arraybuffer";
    const sent = ["", "é".repeat(70000), new Uint8Array(70000)];
    let at = 0;
    const next = () => at < sent.length ? ws.send(sent[at]) : ws.close(3001);
    ws.onopen = next;
    ws.onmessage = ({ data }) => {
      const same = typeof data === typeof sent[at] || data.byteLength === 70000;
      if (same) { at++; next(); }
    };
    ws.onclose = ({ code, wasClean }) => document.title =
      ["result", at, ws.protocol, ws.extensions, code, wasClean].join(" ");`;
  return `data:text/html,${
    encodeURIComponent(`<title>none</title><script>${script}</script>`)
  }`;
}

Deno.test({
  name: "Chromium talks with acceptWebSocket(), with compression",
  ignore: browser === undefined,
  fn: async () => {
    using listener = listenTcp("127.0.0.1:0");
    const serving = listener.accept().then(async (conn) => {
      const socket = await acceptWebSocket(conn, {
        protocols: ["b"],
        deflate: { threshold: 0 },
        // What a data: URL has for an origin.
        allowedOrigins: ["null"],
      });
      await socket.readable.pipeTo(socket.writable);
      return await socket.closed;
    });
    const { stdout } = await new Deno.Command(browser ?? "", {
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu"],
        ...["--virtual-time-budget=5000", "--dump-dom"],
        page(`ws://127.0.0.1:${listener.addr.port}/`),
      ],
      stderr: "null",
    }).output();

    assertEquals((await serving).code, 3001);
    assertStringIncludes(
      new TextDecoder().decode(stdout),
      "<title>result 3 b permessage-deflate 3001 true</title>",
    );
  },
});
