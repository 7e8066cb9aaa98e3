import type { Contestant, Workload } from "./_contest.ts";
import { compileLoad } from "./_load.ts";

const BULK_BUFFER = 256 * 1024;

/** The comparisons of TCP echo servers with Deno's own connections. */
export async function tcpWorkloads(): Promise<Workload[]> {
  const program = await compileLoad("tcp_load");
  const echo = (port: number, seconds: number) =>
    [program, port, seconds, 32, 64, "echo"].map(String);
  const bulk = (port: number, seconds: number) =>
    [program, port, seconds, 1, 64 * 1024, "bulk"].map(String);
  return [
    {
      name: "TCP echo, 64 bytes, 32 connections: calls",
      unit: "messages/s",
      load: echo,
      contestants: [
        server("deno calls"),
        server("vnet calls"),
        server("vnet limit"),
      ],
    },
    ...["pipe", "iterate", "reader"].map((way) => ({
      name: `TCP echo, 64 bytes, 32 connections: streams by ${way}`,
      unit: "messages/s",
      load: echo,
      contestants: [server(`deno ${way}`), server(`vnet ${way}`)],
    })),
    {
      name: "TCP bulk both ways: calls",
      unit: "bytes/s",
      load: bulk,
      contestants: [
        server(`deno calls ${BULK_BUFFER}`),
        server(`vnet calls ${BULK_BUFFER}`),
      ],
    },
    ...["pipe", "iterate", "reader"].map((way) => ({
      name: `TCP bulk both ways: streams by ${way}`,
      unit: "bytes/s",
      load: bulk,
      contestants: [server(`deno ${way}`), server(`vnet ${way}`)],
    })),
  ];
}

function server(args: string): Contestant {
  const source = new URL("servers/tcp_echo.ts", import.meta.url).pathname;
  return {
    name: args,
    server: [
      Deno.execPath(),
      "run",
      "--allow-net",
      source,
      ...args.split(" "),
    ],
  };
}
