import { assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { failureText } from "../../../chat/terminal/_failure_text.ts";
import { ENGLISH, Texts } from "../../../chat/text/_texts.ts";
import { DEAD_ADDR } from "../../tcp/support/_dead_addr.ts";

const CHINESE = new Texts("zh");

/** What both languages tell about a server to which one can't connect. */
async function failure(address: string): Promise<[string, string]> {
  await using client = new ChatClient(address, {
    nickname: "bob",
    maxAttempts: 1,
  });
  const error = await assertRejects(() => client.connect());
  return [
    failureText(error, address, ENGLISH),
    failureText(error, address, CHINESE),
  ];
}

Deno.test("failureText() tells in each language why a server can't be used", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    access: { password: "correct horses" },
  });
  const address = `ws://127.0.0.1:${server.httpAddr.port}`;
  assertEquals(await failure(address), [
    `Cannot enter ${address}: Please give the password or an invitation first.`,
    `无法进入 ${address}：请先提供密码或邀请。`,
  ]);
  assertEquals(await failure(`127.0.0.1:${server.httpAddr.port}`), [
    `Cannot use 127.0.0.1:${server.httpAddr.port}: expected messages in JSON, but the server sends plain text; to the port of the page, connect by ws://`,
    `无法使用 127.0.0.1:${server.httpAddr.port}：需要 JSON 消息，但服务器发送的是文本；连接页面的端口请用 ws://`,
  ]);
  const dead = `ws://127.0.0.1:${DEAD_ADDR.port}`;
  assertEquals(await failure(dead), [
    `Cannot connect to ${dead}: connection refused`,
    `无法连接到 ${dead}：连接被拒绝`,
  ]);
});

Deno.test("failureText() tells of a connection that was lost, or is silent", () => {
  const lost = new Deno.errors.UnexpectedEof("Cannot go on with x: lost");
  assertEquals(failureText(lost, "x", CHINESE), "与 x 的连接已断开");
  const silent = new DOMException("no answer in time", "TimeoutError");
  assertEquals(failureText(silent, "x", CHINESE), "无法连接到 x：没有及时答复");
  const other = new Error("Cannot \u001b[2Jdo it");
  assertEquals(failureText(other, "x", CHINESE), "Cannot do it");
});
