/**
 * Recipe: WebSockets in `Deno.serve`, with the page that uses them, on one
 * port.
 *
 * It runs until Ctrl-C: open the address that it prints. The argument is
 * another port than 8000. For callbacks and broadcasts, use `handleUpgrade` of a
 * `newServer` in place of `upgradeWebSocket`.
 *
 * ```sh
 * deno run --allow-net examples/websocket_in_deno_serve.ts
 * ```
 *
 * @module
 */

import { upgradeWebSocket } from "../websocket/mod.ts";

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Echo</title>
<input autofocus placeholder="Type and press Enter">
<ul></ul>
<script type="module">
  const [input] = document.getElementsByTagName("input");
  const [list] = document.getElementsByTagName("ul");
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/echo");
  socket.onmessage = ({ data }) => {
    list.appendChild(document.createElement("li")).textContent = data;
  };
  input.onchange = () => {
    socket.send(input.value);
    input.value = "";
  };
</script>
`;

const port = Number(Deno.args[0] ?? 8000);
Deno.serve({
  hostname: "127.0.0.1",
  port,
  onListen: ({ port }) => console.log(`Open http://127.0.0.1:${port}/`),
}, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/") {
    return new Response(PAGE, { headers: { "content-type": "text/html" } });
  }
  if (pathname !== "/echo") return new Response("Not found\n", { status: 404 });
  // It refuses pages of other origins, and answers other requests with 426. The
  // response must be returned in any case.
  const { response } = upgradeWebSocket(request, {
    onOpen: (conn) => conn.readable.pipeTo(conn.writable),
  });
  return response;
});
