import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { DEFAULTS } from "../../../chat/server/_server_settings.ts";
import { helpText } from "../../../chat/program/_help_text.ts";
import { parseInvocation } from "../../../chat/program/_invocation.ts";

Deno.test("parseInvocation() reads all options of the server", () => {
  const args = [
    ...["--host", "192.0.2.7", "--port=0", "--http-port", "8080"],
    ...["--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    ...["--name", "The Kitchen", "--data", "chat.db"],
    ...["--reserve", "Cook", "--reserve", "Chef"],
    ...["--operator-token-file", "token", "--operator-token", "secret12"],
    ...["--max-connections", "5", "--max-per-address", "3", "--max-new", "4"],
    ...["--exempt-loopback", "off", "--nickname-time", "7.5"],
    ...["--request-time", "3"],
    ...["--max-line", "80", "--burst", "9", "--rate", "0.5"],
    ...["--max-queue", "9000", "--ping", "12", "--drain", "0.5"],
    ...["--allow-origin", "https://a.example", "--allow-origin", "http://b"],
    ...["--allow-host", "a.example", "--allow-host", "*.b.example"],
    ...["--log", "json", "--log-addresses", "--metrics", "9090"],
    ...["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"],
    ...["--forwarded-origin", "--base-path", "/team", "--max-rooms", "7"],
    ...["--proxy-protocol", "127.0.0.1", "--proxy-protocol", "::1"],
    ...["--auth-header", "X-User", "--password-file", "password.txt"],
    ...[
      "--backup",
      "copies",
      "--keep",
      "90d",
      "--syntax",
      "plain",
      "--lang",
      "zh",
      "--edit-time",
      "60",
    ],
  ];
  assertEquals(parseInvocation(args), {
    type: "serve",
    options: {
      tcp: {
        hostname: "192.0.2.7",
        port: 0,
        proxyProtocol: { from: ["127.0.0.1", "::1"] },
      },
      http: {
        hostname: "192.0.2.7",
        port: 8080,
        proxyProtocol: undefined,
        trustedProxies: { from: ["10.0.0.0/8", "::1"] },
        forwardedOrigin: true,
        basePath: "/team",
        allowedOrigins: ["https://a.example", "http://b"],
        allowedHosts: ["a.example", "*.b.example"],
      },
      name: "The Kitchen",
      reservedNicknames: ["Cook", "Chef"],
      operatorToken: "secret12",
      maxRooms: 7,
      editTime: 60_000,
      language: "zh",
      syntax: "plain",
      maxConnections: 5,
      maxPerAddress: 3,
      maxNewPerAddress: 4,
      exemptLoopback: false,
      nicknameTimeout: 7500,
      requestTimeout: 3000,
      maxLineLength: 80,
      burst: 9,
      rate: 0.5,
      maxQueuedBytes: 9000,
      pingInterval: 12_000,
      drainTimeout: 500,
    },
    access: { open: false, inviteOnly: false, userHeader: "X-User" },
    files: {
      cert: "cert.pem",
      key: "key.pem",
      data: "chat.db",
      backup: "copies",
      operatorToken: "token",
      password: "password.txt",
    },
    cluster: undefined,
    keep: { days: 90, messages: Infinity },
    log: { addresses: true },
    metrics: { hostname: "127.0.0.1", port: 9090 },
  });
});

Deno.test("parseInvocation() serves both sides unless one is left out", () => {
  const sides = (...args: string[]) => {
    const invocation = parseInvocation(args);
    if (invocation.type !== "serve") return [invocation.type];
    return [invocation.options.tcp, invocation.options.http].map((side) =>
      side && side.port
    );
  };
  assertEquals(sides(), [2020, 2021]);
  assertEquals(sides("--no-tcp"), [false, 2021]);
  assertEquals(sides("--no-http"), [2020, false]);
  assertEquals(sides("--no-http", "--no-tcp"), ["error"]);
});

Deno.test("parseInvocation() reads PROXY headers on both ports without trusted proxies", () => {
  const invocation = parseInvocation(["--proxy-protocol", "10.0.0.0/8"]);
  assertEquals(invocation.type, "serve");
  if (invocation.type !== "serve") return;
  const { tcp, http } = invocation.options;
  const proxyProtocol = { from: ["10.0.0.0/8"] };
  assertEquals(tcp && tcp.proxyProtocol, proxyProtocol);
  assertEquals(http && http.proxyProtocol, proxyProtocol);
});

Deno.test("parseInvocation() reads the broker of a cluster, without a password", () => {
  const clusterOf = (...args: string[]) => {
    const invocation = parseInvocation(args);
    return invocation.type === "serve" ? invocation.cluster : invocation;
  };
  const servers = ["nats://127.0.0.1:4222", "tls://b.example:4222"];
  const given = servers.flatMap((server) => ["--cluster", server]);
  assertEquals(clusterOf(...given, "--name", "east"), {
    ...{ servers, stream: undefined, name: "east", skip: [] },
    ...{ credentialsFile: undefined, caFile: undefined },
  });
  const skip = ["--cluster-skip", "7", "--cluster-skip", "4711"];
  const skipping = clusterOf(...given, "--name", "east", ...skip);
  assert(skipping !== undefined && "skip" in skipping);
  assertEquals(skipping.skip, [7, 4711]);
  for (
    const args of [
      ["--cluster", "nats://a:4222"],
      ["--cluster", "nats://a:4222", "--name", "two words"],
      ["--cluster", "a:4222", "--name", "east"],
      ["--cluster", "nats://alice:secret@a:4222", "--name", "east"],
      ["--cluster", "nats://alice:secret/1@a:4222", "--name", "east"],
      ["--cluster", "nats://alice:1@secret@a:4222/", "--name", "east"],
      ["--cluster-stream", "X"],
      ["--cluster-skip", "1"],
      [...given, "--name", "east", "--cluster-skip", "0"],
      [...given, "--name", "east", "--cluster-skip", "1-2"],
    ]
  ) {
    const error = clusterOf(...args);
    assertEquals(Object(error).type, "error", args.join(" "));
    assert(!JSON.stringify(error).includes("secret"));
  }
});

Deno.test("parseInvocation() reads how much of the history to keep", () => {
  const keepOf = (...args: string[]) => {
    const invocation = parseInvocation(["--data", "x", ...args]);
    return invocation.type === "serve" ? invocation.keep : invocation.type;
  };
  assertEquals(keepOf(), undefined);
  assertEquals(keepOf("--keep", "500"), { messages: 500 });
  assertEquals(keepOf("--keep", "30d"), { days: 30, messages: Infinity });
  for (const text of ["0", "-1", "1.5", "d", "3w", ""]) {
    assertEquals(keepOf("--keep", text), "error", text);
  }
  assertEquals(parseInvocation(["--keep", "5"]).type, "error");
});

Deno.test("parseInvocation() reads where metrics are served", () => {
  const metricsOf = (text: string) => {
    const invocation = parseInvocation(["--metrics", text]);
    return invocation.type === "serve" ? invocation.metrics : invocation;
  };
  assertEquals(metricsOf("9090"), { hostname: "127.0.0.1", port: 9090 });
  assertEquals(metricsOf("[::]:90"), { hostname: "::", port: 90 });
  assertEquals(metricsOf("10.0.0.1:0"), { hostname: "10.0.0.1", port: 0 });
  for (const text of [":9090", "10.0.0.1", "a b:1", "x:70000", "70000"]) {
    assertEquals(Object(metricsOf(text)).type, "error", text);
  }
});

Deno.test("parseInvocation() allows all origins by *", () => {
  const invocation = parseInvocation(["--allow-origin", "*"]);
  assertEquals(
    invocation.type === "serve" && invocation.options.http &&
      invocation.options.http.allowedOrigins,
    "*",
  );
});

Deno.test("parseInvocation() allows all hosts by *", () => {
  const invocation = parseInvocation(["--allow-host", "*"]);
  assertEquals(
    invocation.type === "serve" && invocation.options.http &&
      invocation.options.http.allowedHosts,
    "*",
  );
});

Deno.test("parseInvocation() ignores a leading --", () => {
  assertEquals(
    parseInvocation(["--", "--port", "0"]),
    parseInvocation(["--port", "0"]),
  );
});

Deno.test("parseInvocation() leaves defaults to the server", () => {
  const invocation = parseInvocation([]);
  assertEquals(invocation.type, "serve");
  if (invocation.type !== "serve") return;
  const { options, files, access, log, metrics } = invocation;
  const { tcp: _, http: __, ...others } = options;
  assertEquals(access, {
    open: false,
    inviteOnly: false,
    userHeader: undefined,
  });
  assertEquals(
    [...Object.values(others), ...Object.values(files), log, metrics]
      .filter((value) => value !== undefined),
    [],
  );
});

Deno.test("parseInvocation() reads who may come in, by one way", () => {
  const read = (...args: string[]) => {
    const invocation = parseInvocation(args);
    if (invocation.type === "error") return invocation.message;
    return invocation.type === "serve" ? invocation.access : undefined;
  };
  const none = { open: false, inviteOnly: false, userHeader: undefined };
  assertEquals(read("--open"), { ...none, open: true });
  assertEquals(read("--invite-only", "--data", "a"), {
    ...none,
    inviteOnly: true,
  });
  const clustered = ["--cluster", "nats://a:1", "--name", "east"];
  assertEquals(read("--invite-only", ...clustered), {
    ...none,
    inviteOnly: true,
  });
  const proxied = ["--auth-header", "X-User", "--trusted-proxy", "::1"];
  const signedIn = { ...none, userHeader: "X-User" };
  assertEquals(read(...proxied), signedIn);
  assertEquals(read(...proxied, "--password-file", "a"), signedIn);
  for (
    const [args, words] of [
      [["--invite-only"], "expected --data"],
      [["--auth-header", "X-User"], "expected --trusted-proxy"],
      [[...proxied, "--no-http"], "--auth-header with --no-http"],
      [["--open", "--password-file", "a"], "--password-file with --open"],
      [["--open", "--invite-only", "--data", "a"], "--invite-only with --open"],
      [["--password-file", "a", "--invite-only", "--data", "a"], "one of them"],
      [[...proxied, "--invite-only", "--data", "a"], "one of them"],
      [[...proxied, "--open"], "--auth-header with --open"],
      [[...proxied, "--open", "--password-file", "a"], "one of them"],
    ] as const
  ) assertStringIncludes(String(read(...args)), words);
});

Deno.test("parseInvocation() takes no password on the command line, and does not repeat it", () => {
  for (const args of [["--password", "secret77"], ["--password=secret77"]]) {
    const invocation = parseInvocation(args);
    assertEquals(invocation.type, "error");
    assertEquals(JSON.stringify(invocation).includes("secret77"), false);
  }
});

Deno.test("parseInvocation() reads an invitation to make", () => {
  const base = ["invite", "--data", "chat.db", "--url", "https://a.example/b"];
  const expected = {
    type: "invite",
    place: { data: "chat.db" },
    url: new URL("https://a.example/b"),
    time: 7 * 86_400_000,
    uses: 1,
  };
  assertEquals<unknown>(parseInvocation(base), expected);
  assertEquals<unknown>(
    parseInvocation(["--", ...base, "--for", "30m", "--uses", "50"]),
    { ...expected, time: 1_800_000, uses: 50 },
  );
  assertEquals<unknown>(parseInvocation([...base, "--for=12h"]), {
    ...expected,
    time: 43_200_000,
  });
  const revoke = ["invite", "--data", "chat.db", "--revoke"];
  assertEquals(parseInvocation(revoke), {
    type: "revoke",
    place: { data: "chat.db" },
  });
  const brokers = ["--cluster", "nats://a:1", "--cluster", "tls://b:2"];
  const cluster = ["invite", ...brokers, "--url", "https://a.example/b"];
  assertEquals<unknown>(parseInvocation([...cluster, "--cluster-ca", "f"]), {
    ...expected,
    place: {
      cluster: {
        ...{ servers: ["nats://a:1", "tls://b:2"], stream: undefined },
        ...{ credentialsFile: undefined, caFile: "f" },
      },
    },
  });
  assertEquals(parseInvocation(["invite", "--help"]), { type: "help" });
  const wrong = [
    ["invite"],
    ["invite", "--data", "chat.db"],
    ["invite", "--url", "https://a.example/"],
    ...["a.example", "ftp://a.example/", "https://u:p@a.example/"]
      .map((url) => ["invite", "--data", "a", "--url", url]),
    ...["", "7", "0d", "1w", "-1d", "366d", "1.5h"]
      .map((time) => [...base, "--for", time]),
    ...["0", "1001", "x", "1.5", ""].map((uses) => [...base, "--uses", uses]),
    [...base, "--port", "1"],
    [...cluster, "--data", "chat.db"],
    ["invite", "--cluster", "a:1", "--url", "https://a.example/"],
    ["invite", "--cluster", "nats://u:p@a:1", "--url", "https://a.example/"],
    [...base, "more"],
  ];
  for (const args of wrong) {
    assertEquals(parseInvocation(args).type, "error", args.join(" "));
  }
});

Deno.test("parseInvocation() explains errors in one line", () => {
  for (
    const [args, word] of [
      [["--foo"], '"--foo"'],
      [["-x"], '"-x"'],
      [["--port"], "--port"],
      [["--port", "--host"], "--port"],
      [["--port", "abc"], 'Cannot use --port "abc": expected a number'],
      [["--port", ""], "--port"],
      [["--port", "-1"], "--port"],
      [["--port=-1"], "--port"],
      [["--port", "65536"], "expected 0 to 65535"],
      [["--port", "80.5"], "expected 0 to 65535"],
      [["--max-line", "0"], "expected a whole number of at least 1"],
      [["--max-queue", "1e3"], "--max-queue"],
      [["--max-connections", "many"], "--max-connections"],
      [["--drain", "soon"], "--drain"],
      [["--http-port", "65536"], "expected 0 to 65535"],
      [["--metrics", "-1"], "--metrics"],
      [["--exempt-loopback", "yes"], "expected on or off"],
      [["--log", "xml"], "expected json"],
      [["--burst", "0"], "expected a whole number of at least 1"],
      [["--max-per-address", "0"], "--max-per-address"],
      [["--no-tcp", "--no-http"], "expected a side to serve"],
      [["--help=yes"], "--help"],
      [["extra"], '"extra"'],
    ] as const
  ) {
    const invocation = parseInvocation(args);
    assertEquals(invocation.type, "error", args.join(" "));
    if (invocation.type !== "error") continue;
    assertStringIncludes(invocation.message, word);
    assertMatch(invocation.message, /^[A-Z].*[^.]$/);
  }
});

Deno.test("parseInvocation() accepts --help and -h with any other options", () => {
  for (const args of [["--help"], ["-h"], ["--port", "abc", "-h"]]) {
    assertEquals(parseInvocation(args), { type: "help" });
  }
});

Deno.test("helpText() states every option with its default, in 80 columns", () => {
  const text = helpText();
  const rows = [
    ["host", DEFAULTS.hostname],
    ["port", 2020],
    ["http-port", 2021],
    ["tls-cert", "no TLS"],
    ["name", "none"],
    ["data", "in memory"],
    ["reserve", "System, Admin and the like"],
    ["operator-token-file", "no operators"],
    ["max-connections", 10_000],
    ["max-rooms", 200],
    ["max-per-address", 16],
    ["max-new", 32],
    ["exempt-loopback", "on"],
    ["nickname-time", 30],
    ["request-time", 10],
    ["max-line", 4096],
    ["burst", 5],
    ["rate", 2],
    ["max-queue", 262_144],
    ["ping", 30],
    ["allow-origin", "the page of this server"],
    ["allow-host", "any; with --host 127.0.0.1 none"],
    ["drain", 5],
    ["log", "no log"],
    ["metrics", "none"],
    ["trusted-proxy", "none"],
    ["proxy-protocol", "none"],
    ["base-path", "none"],
    ["password-file", "no password"],
    ["auth-header", "none"],
  ];
  for (const [name, fallback] of rows) {
    assertMatch(
      text,
      new RegExp(
        `--${name} [A-Za-z|/:\\[\\]]+ .*\n +[(]default: ${fallback}[)]\n`,
      ),
    );
  }
  for (
    const flag of [
      ...["no-tcp", "no-http", "tls-key", "operator-token"],
      ...["log-addresses", "forwarded-origin", "help"],
      ...["invite-only", "open"],
    ]
  ) assertMatch(text, new RegExp(`--${flag}\\b.* [a-z]`));
  assertMatch(text, /1 to 32 characters/);
  assertMatch(text, /at most 10 rooms/);
  assertMatch(text, /last 100 messages, and shows 20/);
  for (const line of text.split("\n")) {
    assertEquals(line.length <= 80, true, line);
  }
});
