import { assertEquals, assertStringIncludes } from "@std/assert";
import { hasProgram } from "../tcp/support/_peer.ts";

const GUIDE = new URL("../../docs/deploy.md", import.meta.url);

const canRead =
  Deno.permissions.querySync({ name: "read" }).state === "granted";
const ignore = !canRead || !hasProgram("systemd-analyze", "--version");

/** The first block of the guide in a language. */
async function blockOf(language: string): Promise<string> {
  const text = await Deno.readTextFile(GUIDE);
  const pattern = new RegExp("^```" + language + "\\n([^]*?)^```$", "m");
  return pattern.exec(text)?.[1] ?? "";
}

/** What systemd says of a unit; nothing if it is right. */
async function verify(unit: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/chat.service`;
    await Deno.writeTextFile(path, unit);
    const { stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", "--system", "--man=no", path],
    }).output();
    const lines = new TextDecoder().decode(stderr).split("\n");
    // It may have something to say about other units, too.
    return lines.filter((line) => line.includes("chat.service")).join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "systemd accepts the unit of the guide",
  ignore,
  async fn() {
    const unit = (await blockOf("ini"))
      .replace("/usr/local/bin/deno", Deno.execPath());

    assertEquals(await verify(unit), "");
    const misspelt = unit.replace("ProtectHome", "ProtectedHome");
    assertStringIncludes(await verify(misspelt), "ProtectedHome");
  },
});

Deno.test({
  name: "The unit of the guide runs the command of the guide",
  ignore: !canRead,
  async fn() {
    const text = await Deno.readTextFile(GUIDE);
    const command = /^deno run [^]*?^```$/m.exec(text)?.[0]
      .replace("\n```", "");
    const start = /^ExecStart=\/usr\/local\/bin\/([^]*?[^\\])$/m
      .exec(await blockOf("ini"))?.[1];

    assertEquals(start, command);
  },
});
