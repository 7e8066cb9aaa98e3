// The dialogues of the programs that this chat descends from, over sockets. In a
// transcript "alice +" connects, "alice > x" types x, "alice < x" is the next
// line that alice must read, and "alice -" the end of the connection; ADDRESS
// stands for the user's own, and TIME for the time of day.

import { assert, assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import { SocketUser } from "../_socket_user.ts";

/** Plays a transcript, and then sees to it that nobody has anything unread. */
async function play(transcript: string, lineEnd: string): Promise<void> {
  const server = serveChat({ tcp: { port: 0 }, burst: Infinity });
  const users = new Map<string, SocketUser>();
  const find = (name: string) => {
    const user = users.get(name);
    assert(user !== undefined, `${name} is not connected`);
    return user;
  };
  for (const step of transcript.trim().split("\n")) {
    const [name = "", action = "", text = ""] = step.trim().split(
      /(?<=^\S+) ([+<>-]) ?/,
    );
    switch (action) {
      case "+":
        users.set(name, await SocketUser.connect(server.tcpAddr));
        break;
      case ">":
        await find(name).type(`${text}${lineEnd}`);
        break;
      case "<": {
        const { hostname, port } = find(name).conn.localAddr;
        const expected = text.replace("ADDRESS", joinAddress(hostname, port));
        const line = await find(name).next();
        assertEquals(
          line?.replace(/^\d\d:\d\d /, "TIME ")
            .replace(/^\*{3} [\d-]{10}, \w+day:$/, "*** DAY:"),
          expected,
          step,
        );
        break;
      }
      case "-":
        assertEquals(await find(name).next(), null, step);
        find(name).close();
        users.delete(name);
        break;
      default:
        throw new SyntaxError(`Cannot play "${step}"`);
    }
  }
  const stopped = server.shutdown();
  for (const user of users.values()) {
    assertEquals(await user.rest(), [
      "*** Goodbye: the server is shutting down.",
    ]);
    user.close();
  }
  await stopped;
}

Deno.test("The first Node room's dialogue over sockets: nickname, talk, byebye", async () => {
  await play(
    `
    ming +
    ming < *** Welcome! 1 person is online, including you.
    ming < *** Your address is ADDRESS; other users do not see it.
    ming < *** Please type your nickname and press Enter.
    ming > 小明
    ming < *** Welcome, 小明! You are user 1.
    ming < *** Type a line to talk, /help to list the commands, byebye to leave.
    hong +
    hong < *** Welcome! 2 people are online, including you.
    hong < *** Your address is ADDRESS; other users do not see it.
    hong < *** Please type your nickname and press Enter.
    hong > 小明
    hong < *** The nickname 小明 is taken. Please choose another one.
    hong < *** Please type your nickname and press Enter.
    hong > 小红
    hong < *** Welcome, 小红! You are user 2.
    hong < *** Type a line to talk, /help to list the commands, byebye to leave.
    ming < *** 小红 (user 2) has joined.
    ming > 大家好
    hong < 小明: 大家好
    hong > 你好，小明
    ming < 小红: 你好，小明
    hong > byebye
    hong < *** Goodbye!
    hong -
    ming < *** 小红 (user 2) has left.
    ming > 还有人吗
    hong +
    hong < *** Welcome! 2 people are online, including you.
    hong < *** Your address is ADDRESS; other users do not see it.
    hong < *** Please type your nickname and press Enter.
    hong > 小红
    hong < *** Welcome, 小红! You are user 3.
    hong < *** Type a line to talk, /help to list the commands, byebye to leave.
    hong < *** The last 3 messages in lobby, with the time in UTC:
    hong < *** DAY:
    hong < TIME 小明: 大家好
    hong < TIME 小红: 你好，小明
    hong < TIME 小明: 还有人吗
    hong < *** End of history.
    ming < *** 小红 (user 3) has joined.
    `,
    "\r\n",
  );
});

Deno.test("The second Node room's dialogue over sockets: b, c, l and n", async () => {
  await play(
    `
    a +
    a < *** Welcome! 1 person is online, including you.
    a < *** Your address is ADDRESS; other users do not see it.
    a < *** Please type your nickname and press Enter.
    a > l
    a < *** Please choose a nickname first.
    a < *** Please type your nickname and press Enter.
    a > n:alice
    a < *** Welcome, alice! You are user 1.
    a < *** Type a line to talk, /help to list the commands, byebye to leave.
    b +
    b < *** Welcome! 2 people are online, including you.
    b < *** Your address is ADDRESS; other users do not see it.
    b < *** Please type your nickname and press Enter.
    b > n:bob
    b < *** Welcome, bob! You are user 2.
    b < *** Type a line to talk, /help to list the commands, byebye to leave.
    a < *** bob (user 2) has joined.
    a > b:hello
    b < alice: hello
    b > b:hi: how are you?
    a < bob: hi: how are you?
    a > c:bob:see http://example.com:80/ at 10:30
    a < [private] alice to bob: see http://example.com:80/ at 10:30
    a < *** Notice: That was a private message. To say a line that begins with c:, type b: before it, or /syntax plain.
    b < [private] alice to bob: see http://example.com:80/ at 10:30
    a > c:dave:hi
    b < alice: c:dave:hi
    a > l
    a < *** 2 people are in lobby:
    a < ***   alice (user 1, here for less than a minute)
    a < ***   bob (user 2, here for less than a minute)
    a > n:anna
    a < *** alice is now called anna.
    b < *** alice is now called anna.
    b > n:anna
    b < *** The nickname anna is taken. Please choose another one.
    b < *** Notice: That was a command for a new nickname. To say a line that begins with n:, type b: before it, or /syntax plain.
    b > c:anna:new name?
    a < [private] bob to anna: new name?
    b < [private] bob to anna: new name?
    a > /dance
    a < *** There is no command /dance. Type /help to list the commands, or //dance to send it as text.
    `,
    "\r\n",
  );
});

Deno.test("The Go server's dialogue over sockets: ids count up, all hear who enters and leaves", async () => {
  await play(
    `
    one +
    one < *** Welcome! 1 person is online, including you.
    one < *** Your address is ADDRESS; other users do not see it.
    one < *** Please type your nickname and press Enter.
    one > gopher
    one < *** Welcome, gopher! You are user 1.
    one < *** Type a line to talk, /help to list the commands, byebye to leave.
    two +
    two < *** Welcome! 2 people are online, including you.
    two < *** Your address is ADDRESS; other users do not see it.
    two < *** Please type your nickname and press Enter.
    two > gordon
    two < *** Welcome, gordon! You are user 2.
    two < *** Type a line to talk, /help to list the commands, byebye to leave.
    one < *** gordon (user 2) has joined.
    one > a line
    two < gopher: a line
    two > and another
    one < gordon: and another
    two > /quit
    two < *** Goodbye!
    two -
    one < *** gordon (user 2) has left.
    `,
    "\n",
  );
});
