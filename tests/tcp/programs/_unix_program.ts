/**
 * A process that listens on Unix sockets as it is told by lines: `listen PATH`
 * answers `up` or the name of the error, `close` closes, `chdir PATH` changes the
 * working directory, `addr` tells where it listens, `failure` the operation and
 * the code of the last error.
 */
import type { SystemErrorInfo } from "../../../internal/errors/system_error.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import type { UnixListener } from "../../../tcp/unix/unix_listener.ts";

let listener: UnixListener | undefined;
let failure: Partial<SystemErrorInfo> | undefined;

async function obey(command: string, argument: string): Promise<string> {
  if (command === "listen") {
    listener = await listenUnix(argument);
    return "up";
  }
  if (command === "addr") return String(listener?.addr.path);
  if (command === "failure") return `${failure?.operation} ${failure?.code}`;
  if (command === "chdir") Deno.chdir(argument);
  else if (command === "close") await listener?.[Symbol.asyncDispose]();
  return "done";
}

console.log("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let rest = "";
for await (const chunk of lines) {
  const parts = (rest + chunk).split("\n");
  rest = parts.pop() ?? "";
  for (const line of parts) {
    const [command = "", argument = ""] = line.split(" ");
    try {
      console.log(await obey(command, argument));
    } catch (error) {
      failure = error as Partial<SystemErrorInfo>;
      console.log(error instanceof Error ? error.name : error);
    }
  }
}
