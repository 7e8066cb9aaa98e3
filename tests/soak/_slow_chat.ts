import { ChatClient } from "../../chat/client/chat_client.ts";
import { serveChat } from "../../chat/server/serve_chat.ts";
import { type SlowTask, STOPS } from "./_slow_task.ts";

const FEWEST = 5;

/** Reads what a user hears, up to a text of another. */
async function hear(user: ChatClient, text: string): Promise<void> {
  for await (const event of user) {
    if (event.type === "said" && event.text === text) return;
    if (event.type === "state" && event.state === "closed") break;
  }
  throw new Error(`Not heard: "${text}"`);
}

/** Two users who talk as long as others use the link. */
export const slowChat: SlowTask = {
  name: "chat",
  serve(hostname) {
    const faults: unknown[] = [];
    const left: string[] = [];
    const chat = serveChat({
      tcp: { hostname, port: 0 },
      http: { hostname, port: 0 },
      onError: (error) => faults.push(error),
      onEvent: (event) => {
        if (event.type === "leave") left.push(event.reason);
      },
    });
    return {
      addrs: [chat.httpAddr, chat.tcpAddr],
      async stop() {
        const cut = await chat.shutdown(STOPS);
        await chat.finished;
        if (faults.length > 0) throw faults[0];
        if (cut > 0) throw new Error(`${cut} users were cut`);
        if (left.join() !== "quit,quit") throw new Error(`Users left: ${left}`);
      },
    };
  },
  async dial([http, tcp], others) {
    const options = { reconnect: false } as const;
    using ann = new ChatClient(`ws://${http}`, { nickname: "ann", ...options });
    using bob = new ChatClient(`tcp://${tcp}`, { nickname: "bob", ...options });
    await ann.connect();
    await bob.connect();
    let isOver = false;
    const over = () => isOver = true;
    others.then(over, over);
    let count = 0;
    while (count < FEWEST || !isOver) {
      const [from, to] = count % 2 === 0 ? [ann, bob] : [bob, ann];
      const text = `line ${count++} ${"é".repeat(100)}.`;
      const heard = hear(to, text);
      await from.say(text);
      await heard;
    }
    await ann.quit();
    await bob.quit();
    return `${count} lines, heard by the other user`;
  },
};
