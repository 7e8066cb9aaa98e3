import { retry } from "@std/async/retry";
import { assertEquals } from "@std/assert";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";

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

/** A page that closes with 3001 if all messages have come back as they were. */
function page(url: string): string {
  const script = `
    const ws = new WebSocket("${url}", ["a", "b"]);
    ws.binaryType = "arraybuffer";
    const sent = ["", "é".repeat(70000), new Uint8Array(70000)];
    let at = 0;
    const next = () => at < sent.length ? ws.send(sent[at]) : ws.close(3001);
    const isSame = (data, message) => typeof message === "string"
      ? data === message : data.byteLength === message.length;
    ws.onopen = next;
    ws.onmessage = ({ data }) =>
      isSame(data, sent[at++]) ? next() : ws.close(3002, "Not message " + at);`;
  return `<!DOCTYPE html><title>test</title><script>${script}</script>`;
}

Deno.test({
  name: "Chromium talks with acceptWebSocket(), with compression",
  ignore: browser === undefined,
  fn: async () => {
    using listener = listenTcp("127.0.0.1:0");
    const profile = await Deno.makeTempDir();
    const html = page(`ws://127.0.0.1:${listener.addr.port}/`);
    const web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(html, { headers: { "content-type": "text/html" } }),
    );
    const origin = `http://127.0.0.1:${web.addr.port}`;
    const process = new Deno.Command(browser ?? "", {
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        ...["--disable-background-networking", "--disable-component-update"],
        ...["--disable-sync", "--disable-quic", `--user-data-dir=${profile}`],
        origin,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const conn = await listener.accept({ timeout: 60_000 });
      const socket = await acceptWebSocket(conn, {
        protocols: ["b"],
        deflate: { threshold: 0 },
        allowedOrigins: [origin],
      });
      await socket.readable.pipeTo(socket.writable);
      const { code, reason, wasClean } = await socket.closed;
      assertEquals([code, reason, wasClean], [3001, "", true]);
      assertEquals(socket.protocol, "b");
      assertEquals(socket.extensions, "permessage-deflate");
    } finally {
      process.kill("SIGKILL");
      await process.status;
      await web.shutdown();
      await removeProfile(profile);
    }
  },
});

/** Processes of the browser's own may write to it a moment longer. */
async function removeProfile(profile: string): Promise<void> {
  await retry(() => Deno.remove(profile, { recursive: true }), {
    minTimeout: 50,
    maxAttempts: 8,
  });
}
