/**
 * The client that the Autobahn suite's fuzzing server drives: it runs each case
 * and echoes.
 *
 *     deno run --allow-net tests/conformance/echo_client.ts ws://127.0.0.1:9001 vnet
 */
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { echoMessages, SUITE_LIMITS } from "./_echo.ts";

/** The suite writes its reports before it answers the request for them. */
const HANDSHAKE_TIMEOUT = 5 * 60_000;

function dial(url: string): Promise<WebSocketConn> {
  return dialWebSocket(url, {
    ...SUITE_LIMITS,
    deflate: true,
    handshakeTimeout: HANDSHAKE_TIMEOUT,
  });
}

async function readCaseCount(url: string): Promise<number> {
  await using socket = await dial(`${url}/getCaseCount`);
  return Number(await socket.read());
}

/**
 * Runs all cases of the suite, and has it write its reports.
 *
 * @returns How many there were.
 */
export async function runCases(
  url: string,
  agent: string,
  onCase: (index: number) => void = () => {},
): Promise<number> {
  const count = await readCaseCount(url);
  const query = `agent=${encodeURIComponent(agent)}`;
  for (let index = 1; index <= count; index++) {
    onCase(index);
    await echoMessages(await dial(`${url}/runCase?case=${index}&${query}`));
  }
  await using socket = await dial(`${url}/updateReports?${query}`);
  await socket.closed;
  return count;
}

if (import.meta.main) {
  const [url, agent] = Deno.args;
  if (url === undefined || agent === undefined) {
    throw new TypeError("Cannot run: expected ws://HOST:PORT AGENT");
  }
  const count = await runCases(
    url.replace(/\/$/, ""),
    agent,
    (index) => console.log(`Case ${index}`),
  );
  console.log(`${count} cases`);
}
