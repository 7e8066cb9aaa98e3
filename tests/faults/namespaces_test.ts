import { assert, assertEquals } from "@std/assert";
import { BadLink, LOSSES } from "./_namespaces.ts";

const PROGRAM = import.meta.resolve("./_lossy_program.ts");
const RUN = ["run", "--no-prompt", "--unstable-net", "--allow-net", PROGRAM];

/** Whether the system lets us make namespaces, and lose packets there. */
function isPossible(): boolean {
  using link = BadLink.make(LOSSES);
  return link !== undefined;
}

Deno.test({
  name:
    "over a link that loses packets, streams lose nothing and datagrams stay whole",
  ignore: !isPossible(),
  fn: async () => {
    using link = BadLink.make(LOSSES);
    if (link === undefined) throw new Error("The link can't be made again");
    await using server = link.spawn("server", ...RUN, "serve", link.hostname);
    const reader = server.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value: addresses = "" } = await reader.read();
    const client = link.spawn("client", ...RUN, "dial", addresses.trim());
    await client.stdin.close();
    const { stdout, success } = await client.output();
    assert(success, "The client has failed");
    const report = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(report.bulkIsRight, true);
    assertEquals(report.messagesAreRight, true);
    assertEquals(report.datagramsWrong, 0);
    assert(report.datagramsBack > 0, "No datagram has come back");
    assert(
      report.datagramsBack < report.datagramsSent,
      `Nothing was lost by ${link.discipline}`,
    );
    await server.stdin.close();
    await reader.cancel();
    assertEquals((await server.status).code, 0);
  },
});
