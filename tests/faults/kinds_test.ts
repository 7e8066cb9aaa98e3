// Kinds of connections that no listener of the library makes, behind bad relays.
import { HARMLESS, linkedKind, testStreamFaults } from "./_stream.ts";

for (const name of ["tcp/node", "unix", "pipe", "tls"] as const) {
  testStreamFaults(linkedKind(name), HARMLESS, [1000]);
}
for (const name of ["tls/tcp", "tls/unix", "tls/pipe"] as const) {
  testStreamFaults(linkedKind(name));
}
