/**
 * Compiles a load generator of `bench/load/`, or finds it compiled: it has to
 * be faster than anything it measures, so it is in C.
 *
 * @param name The source without `.c`.
 * @returns The path of the program.
 */
export async function compileLoad(name: string): Promise<string> {
  const source = new URL(`load/${name}.c`, import.meta.url);
  const program = `${Deno.env.get("TMPDIR") ?? "/tmp"}/vnet_bench_${name}`;
  try {
    const { success } = await new Deno.Command("cc", {
      args: ["-O2", "-o", program, source.pathname],
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (success) return program;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Error(
    `Cannot compile ${source.pathname}: expected a C compiler "cc"`,
  );
}
