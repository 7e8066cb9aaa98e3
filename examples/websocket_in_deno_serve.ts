/**
 * Recipe: WebSockets in `Deno.serve`, with the page that uses them, on one
 * port.
 *
 * It runs until Ctrl-C: open the address that it prints. The argument is
 * another port than 8000. Callbacks and broadcasts are there too:
 * `handleUpgrade` of a `newServer` takes the place of `upgradeWebSocket`.
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
  // Pages of other origins are refused; a request that is no WebSocket's gets
  // 426. Either way it is the response to return.
  const { response } = upgradeWebSocket(request, {
    onOpen: (conn) => conn.readable.pipeTo(conn.writable),
  });
  return response;
});
