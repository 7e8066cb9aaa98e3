// What takes a process of its own: flags, permissions, the end of the process.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { isGranted, text } from "./support/_support.ts";

const CAN_RUN = isGranted("read", "write", "run");
const MODULE = new URL("../../udp/mod.ts", import.meta.url).href;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a program with these flags in an empty folder without a deno.json. */
async function run(flags: string[], program: string): Promise<Outcome> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    path,
    `import * as udp from "${MODULE}";\n${program}`,
  );
  try {
    return await runModule(flags, path);
  } finally {
    await Deno.remove(path);
  }
}

async function runModule(flags: string[], module: string): Promise<Outcome> {
  const cwd = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-lock", ...flags, module],
      cwd,
      env: { NO_COLOR: "1" },
    }).output();
    return { code, out: text(stdout).trim(), error: text(stderr) };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !CAN_RUN });
}

const ECHO = `
  using server = await udp.listenUdp("127.0.0.1:0");
  using client = await udp.dialUdp(server.addr);
  await client.writeString("hello");
  await server.writeTo((await server.receive()).addr, new Uint8Array(3));
  console.log(server.backend, (await client.receive()).data.length);
`;

test("A remote module needs no flag but --allow-net, and no configuration", async () => {
  const root = new URL("../../", import.meta.url);
  await using files = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const { pathname } = new URL(request.url);
    const file = pathname === "/main.ts"
      ? `import * as udp from "./udp/mod.ts";\n${ECHO}`
      : await Deno.readTextFile(new URL(`.${pathname}`, root));
    return new Response(file, {
      headers: { "content-type": "application/typescript" },
    });
  });
  const { port } = files.addr;
  const remote = `http://127.0.0.1:${port}/main.ts`;
  const flags = ["--allow-net", "--reload=http://127.0.0.1"];

  const plain = await runModule([...flags, "--check"], remote);
  assertEquals([plain.code, plain.out], [0, "node 3"], plain.error);
  const unstable = await runModule([...flags, "--unstable-net"], remote);
  assertEquals([unstable.code, unstable.out], [0, "native 3"], unstable.error);
});

test("The native back end without its flag is NotSupported, and says what to do", async () => {
  const { code, error } = await run(
    ["--allow-net"],
    `await udp.listenUdp(":0", { backend: "native" });`,
  );

  assertEquals(code, 1);
  assertStringIncludes(error, "NotSupported: Cannot use the native back end");
  assertStringIncludes(error, "--unstable-net");
});

test("To import the module loads none of the built-ins of Node that it may need", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--no-config", "--json", MODULE],
  }).output();
  const { modules } = JSON.parse(text(stdout)) as {
    modules: {
      dependencies?: { specifier: string; code?: unknown; isDynamic?: true }[];
    }[];
  };
  const loads = modules
    .flatMap(({ dependencies = [] }) => dependencies)
    .filter(({ specifier, code }) => code && specifier.startsWith("node:"));

  assertEquals(
    loads.map(({ specifier, isDynamic }) => [specifier, isDynamic]).sort(),
    [
      ["node:dgram", true],
      ["node:dns/promises", true],
    ],
  );
});

test("An open connection alone does not keep the process alive, nor does unref()", async () => {
  for (const flags of [["--allow-net"], ["--allow-net", "--unstable-net"]]) {
    const { code, out } = await run(
      flags,
      `
      const conn = await udp.listenUdp("127.0.0.1:0");
      const other = await udp.listenUdp("127.0.0.1:0");
      await other.writeToString(conn.addr, "hello");
      await conn.receive();
      other.unref();
      other.receive();
      console.log("done");
    `,
    );
    assertEquals([code, out], [0, "done"]);
  }
});

test("A call that waits keeps the process alive", async () => {
  for (const flags of [["--allow-net"], ["--allow-net", "--unstable-net"]]) {
    const { code, out, error } = await run(
      flags,
      `
      const conn = await udp.listenUdp("127.0.0.1:0");
      Deno.unrefTimer(setTimeout(async () => {
        await conn.writeToString(conn.addr, "hello");
      }, 50));
      const { data } = await conn.receive();
      console.log(data.length);
      conn.unref();
      conn.ref();
      Deno.unrefTimer(setTimeout(async () => {
        await conn.writeToString(conn.addr, "again!");
      }, 50));
      console.log((await conn.receive()).data.length);
    `,
    );
    assertEquals([code, out], [0, "5\n6"], error);
  }
});

test("What the process may not use is NotCapable on both back ends", async () => {
  for (const flag of ["--allow-net=127.0.0.1", "--unstable-net"]) {
    const { code, out, error } = await run(
      ["--allow-net=127.0.0.1", flag],
      `
      const attempt = async (name, call) => {
        try {
          await call();
          console.log(name, "worked");
        } catch (error) {
          console.log(name, error.name, error.message);
        }
      };
      using conn = await udp.listenUdp("127.0.0.1:0");
      await attempt("send", () => conn.writeToString("10.1.1.1:9", ""));
      await attempt("name", () => conn.writeToString("localhost:9", ""));
      await attempt("bind", () => udp.listenUdp(":0"));
      await attempt("dial", () => udp.dialUdp("127.0.0.1:9"));
      await attempt("dial name", () => udp.dialUdp("localhost:9"));
    `,
    );
    assertEquals(code, 0, error);
    const lines = out.split("\n");
    assertEquals(lines.length, 5, out);
    assertStringIncludes(lines[0] ?? "", "send NotCapable Cannot send to 10.1");
    assertStringIncludes(
      lines[1] ?? "",
      "name NotCapable Cannot send to local",
    );
    assertStringIncludes(lines[2] ?? "", "bind NotCapable Cannot listen on :0");
    assertEquals(lines[3], "dial worked");
    assertStringIncludes(lines[4] ?? "", "dial name NotCapable Cannot dial");
  }
});

test("Permission to a name is enough to use that name", async () => {
  for (const flag of ["--allow-net=localhost", "--unstable-net"]) {
    const { code, out, error } = await run(
      ["--allow-net=localhost", flag],
      `
      using server = await udp.listenUdp("localhost:0");
      const { port } = server.addr;
      using client = await udp.dialUdp("localhost:" + port);
      await client.writeString("dialled");
      await server.writeToString("localhost:" + port, "sent");
      console.log(client.remoteAddr.hostname);
      for (let i = 0; i < 2; i++) {
        console.log(new TextDecoder().decode((await server.receive()).data));
      }
    `,
    );
    assertEquals([code, out], [0, "127.0.0.1\ndialled\nsent"], error);
  }
});
