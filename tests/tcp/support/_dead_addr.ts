/**
 * An address that nobody listens on, as the system gives its port to nobody. One
 * that has just been freed will not do: a process that another test starts in
 * that moment has the listening socket, too, until its program runs.
 */
export const DEAD_ADDR: Deno.NetAddr = {
  transport: "tcp",
  hostname: "127.0.0.1",
  port: 1,
};
