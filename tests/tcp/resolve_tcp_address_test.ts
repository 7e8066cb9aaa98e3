import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertStrictEquals } from "@std/assert";
import type { TcpNetwork } from "../../tcp/dial_tcp.ts";
import { resolveTcpAddress } from "../../tcp/resolve_tcp_address.ts";
import { assertTimesOut, errorOf } from "./support/_outcomes.ts";

const numeric: [TcpNetwork, string, string, number][] = [
  ["tcp", "127.0.0.1:22", "127.0.0.1", 22],
  ["tcp4", "127.0.0.1:0", "127.0.0.1", 0],
  ["tcp", "[::1]:65535", "::1", 65535],
  ["tcp6", "[::1]:80", "::1", 80],
  ["tcp", "[2001:DB8:0:0:1:0:0:1]:80", "2001:db8::1:0:0:1", 80],
  ["tcp6", "[0:0:0:0:0:ffff:c000:0201]:80", "::ffff:192.0.2.1", 80],
  ["tcp6", "[FE80::1%eth0]:80", "fe80::1%eth0", 80],
  ["tcp", ":80", "0.0.0.0", 80],
  ["tcp4", ":80", "0.0.0.0", 80],
  ["tcp6", ":80", "::", 80],
];

for (const [network, address, hostname, port] of numeric) {
  Deno.test(`resolveTcpAddress() resolves ${address} by ${network}`, async () => {
    assertEquals(await resolveTcpAddress(network, address), {
      transport: "tcp",
      hostname,
      port,
    });
  });
}

Deno.test("resolveTcpAddress() prefers IPv4 for a name", async () => {
  for (const network of ["tcp", "tcp4"] as const) {
    const addr = await resolveTcpAddress(network, "localhost:80");
    assertEquals(addr, { transport: "tcp", hostname: "127.0.0.1", port: 80 });
  }
});

Deno.test("resolveTcpAddress() by tcp6 gives an IPv6 address or NotFound", async () => {
  const outcome = await resolveTcpAddress("tcp6", "localhost:80")
    .catch((error) => error);
  if (outcome instanceof Error) assert(outcome instanceof Deno.errors.NotFound);
  else assertEquals(outcome.hostname, "::1");
});

Deno.test("resolveTcpAddress() of the other family is NotFound", async () => {
  await assertRejects(
    () => resolveTcpAddress("tcp4", "[::1]:80"),
    Deno.errors.NotFound,
  );
  await assertRejects(
    () => resolveTcpAddress("tcp6", "127.0.0.1:80"),
    Deno.errors.NotFound,
  );
});

Deno.test("resolveTcpAddress() rejects for bad arguments", async () => {
  for (const address of ["", "localhost", "127.0.0.1:http", "::1:80"]) {
    await assertRejects(() => resolveTcpAddress("tcp", address), SyntaxError);
  }
  await assertRejects(() => resolveTcpAddress("tcp", "a:70000"), RangeError);
  await assertRejects(
    () => resolveTcpAddress("udp" as TcpNetwork, "127.0.0.1:80"),
    TypeError,
    'Cannot use network "udp"',
  );
  await assertRejects(
    () => resolveTcpAddress("tcp", "127.0.0.1:80", { timeout: -1 }),
    RangeError,
  );
});

Deno.test("resolveTcpAddress() keeps to its limits", async () => {
  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(
    await errorOf(resolveTcpAddress("tcp", "localhost:80", { signal })),
    reason,
  );
  const deadline = Date.now() - 1;
  await assertTimesOut(resolveTcpAddress("tcp", "localhost:80", { deadline }));
});

Deno.test({
  name: "resolveTcpAddress() without permission to the name is NotCapable",
  permissions: { net: ["127.0.0.1"] },
  fn: async () => {
    await assertRejects(
      () => resolveTcpAddress("tcp", "localhost:80"),
      Deno.errors.NotCapable,
      'Cannot resolve "localhost:80": ',
    );
  },
});
