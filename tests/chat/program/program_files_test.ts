import { assertEquals, assertStringIncludes } from "@std/assert";
import { plainLoginNotes } from "../../../chat/program/_program_files.ts";

Deno.test("plainLoginNotes() warns of a broker that gets the password without TLS", () => {
  const plain = [
    ["nats://10.0.0.1:4222"],
    ["nats://broker.example"],
    ["nats://127.0.0.1:4222", "nats://[2001:db8::1]:4222"],
  ];
  for (const servers of plain) {
    const [first] = plainLoginNotes(servers);
    assertStringIncludes(first, "without TLS", servers.join(" "));
  }
  const safe = [
    ["nats://127.0.0.1:4222", "nats://localhost", "nats://[::1]:4222"],
    ["tls://broker.example:4222"],
    ["nats://10.0.0.1:4222", "tls://10.0.0.2:4222"],
  ];
  for (const servers of safe) {
    assertEquals(plainLoginNotes(servers), [], servers.join(" "));
  }
});
