import { assertEquals, assertMatch } from "@std/assert";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { canRun, Child } from "./_child.ts";

const MAIN = new URL("../../chat/main.ts", import.meta.url);
const ignore = !canRun() || Deno.build.os === "windows" ||
  (["read", "write"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

/** Starts the program on ports that are free. */
function start(permissions: readonly string[], ...args: string[]): Child {
  return new Child(Deno.execPath(), [
    ...["run", "--no-prompt", "--allow-net", ...permissions, MAIN.href],
    ...["--port", "0", "--http-port", "0", ...args],
  ]);
}

Deno.test({
  name: "chat/main.ts ignores SIGHUP without a terminal",
  ignore,
  async fn() {
    await using child = start([], "--base-path", "/team");
    const url = (await child.until(/^ +http:\/\/.*\/$/)).trim();
    assertMatch(url, /\/team\/$/);
    await child.until(/^Press Ctrl/);
    child.process.kill("SIGHUP");
    const page = await fetch(url);
    assertMatch(await page.text(), /<title>/);
    const health = await fetch(new URL("/healthz", url));
    assertEquals([health.status, await health.text()], [200, "ok\n"]);
    child.process.kill("SIGTERM");
    const { code, lines } = await child.end();
    assertEquals([code, lines.at(-1)], [0, "Stopped."]);
  },
});

Deno.test({
  name:
    "chat/main.ts reloads the certificate on SIGHUP, and keeps it if it can't",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
    await Deno.writeTextFile(cert, serverCert);
    await Deno.writeTextFile(key, serverKey);
    try {
      await using child = start(
        [`--allow-read=${folder}`],
        ...["--tls-cert", cert, "--tls-key", key],
      );
      const line = await child.until(/^The chat is open on /);
      const address = /127\.0\.0\.1:\d+/.exec(line)?.[0] ?? "";
      await child.until(/^Press Ctrl/);
      child.process.kill("SIGHUP");
      await child.until(/^The certificate was reloaded\.$/);
      await Deno.writeTextFile(key, "no key");
      child.process.kill("SIGHUP");
      const options = { caCerts: [caCert], serverName: "localhost", ...HANGS };
      using user = await dialTls(address, options);
      assertMatch(await user.readLine(HANGS) ?? "", /^\*\*\* Welcome/);
      user.terminate();
      child.process.kill("SIGTERM");
      const { code, errors } = await child.end();
      assertEquals(code, 0);
      assertMatch(errors, /^Cannot reload the certificate: .+\n$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "chat/main.ts stops in order when its terminal is closed",
  ignore: ignore || Deno.build.os !== "linux" || !hasScript(),
  async fn() {
    const command = [Deno.execPath(), "run", "--no-prompt", "--allow-net"];
    const line = [...command, MAIN.pathname, "--port", "0", "--http-port", "0"];
    await using child = new Child("script", [
      ...["-qec", `echo PID $$; exec ${line.join(" ")}`, "/dev/null"],
    ]);
    const pid = Number(/PID (\d+)/.exec(await child.until(/PID/))?.[1]);
    await child.until(/^Press Ctrl/);
    Deno.kill(pid, "SIGHUP");
    await child.until(/^Shutting down/);
    await child.until(/^Stopped/);
    assertEquals((await child.end()).code, 0);
  },
});

function hasScript(): boolean {
  if (!canRun()) return false;
  try {
    new Deno.Command("script", { args: ["--version"] }).outputSync();
    return true;
  } catch {
    return false;
  }
}
