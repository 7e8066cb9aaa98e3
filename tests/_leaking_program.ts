// Tests that leave something behind, for the test of the checks for leaks.
Deno.test("a socket stays open", () => {
  Deno.listen({ hostname: "127.0.0.1", port: 0 });
});

Deno.test("a timer stays set", () => {
  setTimeout(() => {}, 60_000);
});
