/** Lets a timer keep the process alive, or not. */
export function holdTimer(
  timer: ReturnType<typeof setTimeout>,
  isHeld: boolean,
): void {
  // A timer is an object whatever its type says, and the number
  // that it turns into is not known to `unrefTimer`.
  const id = timer as unknown as number;
  if (isHeld) Deno.refTimer(id);
  else Deno.unrefTimer(id);
}
