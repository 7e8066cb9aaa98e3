/**
 * Gives a function a folder on a disk of 2 MiB: only for programs that may mount
 * one.
 */
export async function withSmallDisk(
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder);
    try {
      await act(folder);
    } finally {
      run("umount", folder);
    }
  } finally {
    await Deno.remove(folder);
  }
}

/** Whether {@linkcode withSmallDisk} works here. */
export async function canMount(): Promise<boolean> {
  const isAllowed = (["read", "write", "run"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  if (!isAllowed || Deno.build.os !== "linux") return false;
  try {
    await withSmallDisk(async () => {});
    return true;
  } catch {
    return false;
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { success } = new Deno.Command(command, { args: [...args] })
    .outputSync();
  if (!success) throw new Error(`Cannot ${command} ${args.join(" ")}`);
}
