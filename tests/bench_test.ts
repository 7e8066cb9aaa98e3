import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { contest } from "../bench/_contest.ts";
import { parseOptions } from "../bench/_options.ts";
import {
  cpuRatio,
  figureRatio,
  type Pair,
  rowsOf,
  takePairs,
} from "../bench/_pairs.ts";
import { pairsSummary, pairsText } from "../bench/_pairs_table.ts";
import { plot } from "../bench/_plot.ts";
import { replaceResults } from "../bench/_readme.ts";
import {
  advantage,
  bestOf,
  type Comparison,
  formatRatio,
  limitVerdicts,
  medianOf,
  type Results,
  verdicts,
} from "../bench/_results.ts";
import { median } from "../bench/_statistics.ts";
import {
  comparisonText,
  formatFigure,
  markSummary,
  resultsMarkdown,
} from "../bench/_table.ts";
import { parseTurn } from "../bench/_under_load.ts";
import type { Contestant, Workload } from "../bench/_workload.ts";
import { Kit } from "../bench/workloads/_kit.ts";
import { quickWorkloads } from "../bench/workloads/_quick.ts";
import { allWorkloads } from "../bench/workloads/all_workloads.ts";

const ECHO: Comparison = {
  group: "TCP",
  name: "echo <a & b>",
  unit: "messages/s",
  isLessBetter: false,
  isAside: false,
  entries: [
    { name: "Deno", figures: [100, 110, 90] },
    { name: "vnet, calls", figures: [220, 200, 180] },
    { name: "vnet, streams", figures: [50, 50, 50] },
    { name: "node:net, Node", figures: [160, 160, 160] },
    { name: "C", figures: [4000, 4000, 4000] },
  ],
  marks: [
    { subject: "vnet, calls", peers: ["Deno", "node:net, Node"], ratio: 1.2 },
    { subject: "vnet, streams", peers: ["Deno"], ratio: 0.9 },
    { subject: "vnet, calls", peers: ["not there"], ratio: 9 },
  ],
};

const MEMORY: Comparison = {
  group: "Memory",
  name: "an idle connection",
  unit: "bytes",
  isLessBetter: true,
  isAside: false,
  entries: [
    { name: "Deno", figures: [20_000, 24_000] },
    { name: "vnet", figures: [11_000] },
  ],
  marks: [{ subject: "vnet", peers: ["Deno"], ratio: 0.6 }],
};

const RESULTS: Results = {
  machine: {
    date: "2026-01-02",
    system: "linux x86_64",
    processor: "Abacus",
    cores: 2,
    memoryGiB: 4,
    versions: { deno: "2.9.6" },
  },
  rounds: 3,
  seconds: 1,
  leftOut: [],
  comparisons: [ECHO, MEMORY],
};

/** A contestant that notes what it does. */
function contestant(
  name: string,
  log: string[],
  figures: number[],
  cpu?: number,
): Contestant {
  return {
    name,
    enter: () =>
      Promise.resolve({
        run: (seconds) => {
          log.push(`${name} ${seconds}`);
          return Promise.resolve(
            cpu === undefined ? { figures } : { figures, cpu },
          );
        },
        [Symbol.asyncDispose]: () => {
          log.push(`${name} ends`);
          return Promise.resolve();
        },
      }),
  };
}

function workload(contestants: Contestant[]): Workload {
  return {
    group: "Group",
    name: "work",
    measures: [
      { name: "median", unit: "µs", isLessBetter: true },
      { name: "99 %", unit: "µs", isLessBetter: true },
    ],
    contestants,
    marks: [
      { subject: "a", peers: ["b"], ratio: 1 },
      { subject: "a", peers: ["b"], ratio: 2, measure: "99 %" },
    ],
  };
}

Deno.test("median() is the middle, or the mean of the two in the middle", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([7]), 7);
  assertEquals(median([]), NaN);
});

Deno.test("medianOf() and bestOf() find who took part", () => {
  assertEquals(medianOf(ECHO, "Deno"), 100);
  assertEquals(medianOf(ECHO, "not there"), undefined);
  assertEquals(bestOf(ECHO, ["Deno", "node:net, Node"]), "node:net, Node");
  assertEquals(bestOf(MEMORY, ["Deno", "vnet"]), "vnet");
  assertEquals(bestOf(ECHO, ["not there"]), undefined);
});

Deno.test("verdicts() hold marks against the best peer that took part", () => {
  assertEquals(verdicts(ECHO), [
    {
      subject: "vnet, calls",
      peer: "node:net, Node",
      reached: 1.25,
      ratio: 1.2,
      isMet: true,
    },
    {
      subject: "vnet, streams",
      peer: "Deno",
      reached: 0.5,
      ratio: 0.9,
      isMet: false,
    },
  ]);
});

Deno.test("verdicts() take a mark as the most where less is better", () => {
  const [verdict] = verdicts(MEMORY);
  assertEquals(verdict?.reached, 0.5);
  assertEquals(verdict?.isMet, true);
});

Deno.test("verdicts() go by the ratio that is shown", () => {
  const figures = (own: number) => ({
    ...MEMORY,
    entries: [
      { name: "Deno", figures: [1000] },
      { name: "vnet", figures: [own] },
    ],
  });
  assertEquals(verdicts(figures(604)).map(({ isMet }) => isMet), [true]);
  assertEquals(verdicts(figures(606)).map(({ isMet }) => isMet), [false]);
});

Deno.test("advantage() compares the best of ours with the best peer but C", () => {
  assertEquals(advantage(ECHO), {
    own: "vnet, calls",
    peer: "node:net, Node",
    factor: 1.25,
  });
  assertEquals(advantage(MEMORY)?.factor, 2);
  assertEquals(advantage({ ...ECHO, entries: [] }), undefined);
});

Deno.test("formatRatio() and formatFigure() keep the digits that count", () => {
  assertEquals(formatRatio(0.00043), "0.00043");
  assertEquals(formatRatio(0.953), "0.95");
  assertEquals(formatRatio(12.34), "12.3");
  assertEquals(formatRatio(172.2), "172");
  assertEquals(formatFigure(7.256, "µs"), "7.26 µs");
  assertEquals(formatFigure(72.56, "µs"), "72.6 µs");
  assertEquals(formatFigure(44_123, "µs"), "44.1 ms");
  assertEquals(formatFigure(725.6, "bytes"), "726 bytes");
  assertEquals(formatFigure(1250, "bytes"), "1.25 k bytes");
  assertEquals(formatFigure(12_500_000, "messages/s"), "12.5 M messages/s");
  assertEquals(formatFigure(3.456e9, "bytes/s"), "3.46 G bytes/s");
});

Deno.test("comparisonText() has medians, ratios, spreads and marks", () => {
  assertEquals(comparisonText(ECHO).split("\n"), [
    "TCP: echo <a & b>",
    "  Deno               100 messages/s  ×1.00  -10 % +10 %",
    "  vnet, calls        200 messages/s  ×2.00  -10 % +10 %" +
    "  met: ×1.25 of node:net, Node, mark ≥ 1.2",
    "  vnet, streams     50.0 messages/s  ×0.50     0 % +0 %" +
    "  missed: ×0.50 of Deno, mark ≥ 0.9",
    "  node:net, Node     160 messages/s  ×1.60     0 % +0 %",
    "  C               4.00 k messages/s  ×40.0     0 % +0 %",
  ]);
});

Deno.test("markSummary() counts the marks and names those that were missed", () => {
  assertEquals(
    markSummary([ECHO, MEMORY]),
    "2 of 3 marks met; missed:\n" +
      "- TCP, echo <a & b>: vnet, streams ×0.50 of Deno, mark ≥ 0.9",
  );
  assertEquals(markSummary([MEMORY]), "1 of 1 marks met.");
});

Deno.test("resultsMarkdown() has a table for each group and tells the machine", () => {
  const text = resultsMarkdown(RESULTS);
  assertStringIncludes(text, "2 cores of Abacus, 4 GiB");
  assertStringIncludes(text, "### TCP\n\n| workload |");
  assertStringIncludes(text, "### Memory\n\n| workload |");
  assertStringIncludes(
    text,
    "|  | vnet, calls | 200 messages/s | ×2.00 |  |  | met:",
  );
});

Deno.test("replaceResults() replaces what is between the markers only", () => {
  const begin = "<!-- results: begin -->";
  const end = "<!-- results: end -->";
  const readme = `# Head\n\n${begin}\nold\n${end}\n\nTail\n`;
  const once = replaceResults(readme, "new");
  assertEquals(once, `# Head\n\n${begin}\n\nnew\n\n${end}\n\nTail\n`);
  assertEquals(replaceResults(once, "new"), once);
  assertThrows(() => replaceResults("# Head\n", "new"), SyntaxError, begin);
});

Deno.test("plot() draws a bar for each comparison, and says it in words", () => {
  const svg = plot(RESULTS);
  assertEquals(svg.match(/<rect /g)?.length, 2);
  assertStringIncludes(svg, 'role="img" aria-labelledby="title description"');
  assertStringIncludes(svg, "<title id=");
  assertStringIncludes(
    svg,
    "TCP. echo &lt;a &amp; b&gt;: 1.25 times node:net, Node. " +
      "Memory. an idle connection: 2.00 times Deno.",
  );
  assertStringIncludes(svg, "prefers-color-scheme: dark");
});

Deno.test("plot() keeps bars within the scale, and colours what is worse", () => {
  const bars = [0.001, 0.5, 1, 2, 1000].map((factor) => {
    const svg = plot({
      ...RESULTS,
      comparisons: [{
        ...ECHO,
        entries: [
          { name: "Deno", figures: [1] },
          { name: "vnet", figures: [factor] },
        ],
      }],
    });
    const [, x = "", width = "", kind = ""] =
      /<rect x="(.*?)" y=".*?" width="(.*?)".*? class="(.*?)"/.exec(svg) ?? [];
    return { x: Number(x), end: Number(x) + Number(width), kind };
  });
  const [least, half, even, double, most] = bars;
  const one = even?.x ?? NaN;
  assertEquals(bars.map(({ kind }) => kind), [
    "worse",
    "worse",
    "better",
    "better",
    "better",
  ]);
  // Half and twice are as far from one.
  assertAlmostEquals(one - (half?.x ?? NaN), (double?.end ?? NaN) - one, 0.2);
  for (const { x, end } of [least, most].filter((bar) => bar !== undefined)) {
    assertEquals(x >= 400 && end <= 960, true);
  }
});

Deno.test("plot() leaves out what stands aside, or has no peer or figures", () => {
  const lonely = { ...ECHO, entries: ECHO.entries.slice(1, 3) };
  const aside = { ...ECHO, isAside: true };
  const empty = {
    ...ECHO,
    entries: ECHO.entries.map(({ name }) => ({ name, figures: [] })),
  };
  const svg = plot({ ...RESULTS, comparisons: [lonely, empty, aside] });
  assertEquals(svg.includes("<rect"), false);
});

Deno.test("contest() takes turns, in turned order every other round", async () => {
  const log: string[] = [];
  const found = await contest(
    workload([contestant("a", log, [1, 10]), contestant("b", log, [2, 20])]),
    { rounds: 3, seconds: 4 },
  );
  assertEquals(log, [
    "a 4",
    "b 4",
    "a 4",
    "b 4",
    "b 4",
    "a 4",
    "a 4",
    "b 4",
    "b ends",
    "a ends",
  ]);
  assertEquals(found.map(({ name }) => name), ["work, median", "work, 99 %"]);
  assertEquals(found.map(({ marks }) => marks.map(({ ratio }) => ratio)), [
    [1],
    [2],
  ]);
  assertEquals(found.map(({ entries }) => entries), [
    [{ name: "a", figures: [1, 1, 1] }, { name: "b", figures: [2, 2, 2] }],
    [{ name: "a", figures: [10, 10, 10] }, {
      name: "b",
      figures: [20, 20, 20],
    }],
  ]);
});

Deno.test("contest() keeps the CPU time of each round with the first measure", async () => {
  const found = await contest(
    workload([contestant("a", [], [1, 10], 7), contestant("b", [], [2, 20])]),
    { rounds: 2, seconds: 1 },
  );
  assertEquals(found.map(({ entries }) => entries.map(({ cpu }) => cpu)), [
    [[7, 7], undefined],
    [undefined, undefined],
  ]);
});

Deno.test("contest() runs more rounds where the workload asks for them", async () => {
  const work = workload([contestant("a", [], [1, 10])]);
  const options = { rounds: 5, seconds: 1 };
  const [found] = await contest({ ...work, roundsFactor: 1.6 }, options);
  assertEquals(found?.entries[0]?.figures.length, 8);
});

Deno.test("contest() divides rounds into turns, which the contestants take in turn", async () => {
  const log: string[] = [];
  const one = contestant("a", log, [1, 10]);
  const other = contestant("b", log, [2, 20]);
  const work = { ...workload([one, other]), turns: 3 };
  const [found] = await contest(work, { rounds: 1, seconds: 6 });
  assertEquals(found?.entries[0]?.figures.length, 3);
  assertEquals(log, [
    ...["a 6", "b 6"],
    ...["a 2", "b 2", "b 2", "a 2", "a 2", "b 2"],
    ...["b ends", "a ends"],
  ]);
});

Deno.test("contest() shares the rounds among processes, each of which warms up", async () => {
  const log: string[] = [];
  const one = contestant("a", log, [1, 10]);
  const other = contestant("b", log, [2, 20]);
  const work = { ...workload([one, other]), processes: 2, warmUp: 2 };
  const [found] = await contest(work, { rounds: 3, seconds: 6 });
  assertEquals(found?.entries[0]?.figures.length, 3);
  assertEquals(log, [
    ...["a 12", "b 12"],
    ...["a 6", "b 6", "b 6", "a 6"],
    ...["b ends", "a ends"],
    ...["a 12", "b 12"],
    ...["a 6", "b 6"],
    ...["b ends", "a ends"],
  ]);
});

Deno.test("contest() starts no more processes than there are rounds", async () => {
  const log: string[] = [];
  const work = { ...workload([contestant("a", log, [1, 10])]), processes: 5 };
  await contest(work, { rounds: 2, seconds: 6 });
  assertEquals(log, ["a 6", "a 6", "a ends", "a 6", "a 6", "a ends"]);
});

Deno.test("parseTurn() reads figures, and the CPU time if it is told", () => {
  assertEquals(parseTurn("12 3.5 cpu=0.25"), { figures: [12, 3.5], cpu: 0.25 });
  assertEquals(parseTurn("12"), { figures: [12], cpu: undefined });
});

Deno.test("comparisonText() has the CPU time and its ratio where it was told", () => {
  const entries = [
    { name: "Deno", figures: [1], cpu: [1000, 2000, 3000] },
    { name: "vnet", figures: [1], cpu: [500] },
    { name: "C", figures: [1] },
  ];
  const rows = comparisonText({ ...ECHO, marks: [], entries }).split("\n");
  assertStringIncludes(rows[1] ?? "", "2.00 µs  ×1.00");
  assertStringIncludes(rows[2] ?? "", " 500 ns  ×0.25");
  assertMatch(rows[3] ?? "", /%$/);
});

Deno.test("resultsMarkdown() has the CPU time of a MiB where bytes are counted", () => {
  const entries = [{ name: "Deno", figures: [1e9], cpu: [0.5] }];
  const bulk = { ...ECHO, unit: "bytes/s", marks: [], entries };
  const text = resultsMarkdown({ ...RESULTS, comparisons: [bulk] });
  assertStringIncludes(text, "| 524 µs/MiB | ×1.00 |");
});

Deno.test("contest() runs what takes long fewer times, and not to warm up", async () => {
  const log: string[] = [];
  const work = workload([contestant("a", log, [1, 10])]);
  await contest({ ...work, maxRounds: 1 }, { rounds: 3, seconds: 4 });
  assertEquals(log, ["a 4", "a ends"]);
});

Deno.test("contest() ends the contestants when one fails", async () => {
  const log: string[] = [];
  const failing: Contestant = {
    name: "b",
    enter: () => Promise.reject(new Error("Cannot start")),
  };
  const work = workload([contestant("a", log, [1, 10]), failing]);
  const running = contest(work, { rounds: 1, seconds: 1 });
  const message = await running.then(() => "", ({ message }) => message);
  assertEquals(message, "Cannot start");
  assertEquals(log, ["a ends"]);
});

Deno.test("parseOptions() reads a whole run into the files of the project", () => {
  const options = parseOptions([]);
  assertEquals(options.json, "bench/results.json");
  assertEquals(options.svg, "docs/bench.svg");
  assertEquals(options.only, undefined);
});

Deno.test("parseOptions() writes no file for a part unless it is asked for", () => {
  const options = parseOptions(
    ["--only", "udp", "--rounds", "2", "--seconds", "0.5", "--json", "x.json"],
  );
  assertMatch("UDP: echo", options.only ?? /never/);
  assertEquals(
    { rounds: options.rounds, seconds: options.seconds },
    { rounds: 2, seconds: 0.5 },
  );
  assertEquals({ json: options.json, svg: options.svg }, {
    json: "x.json",
    svg: "",
  });
});

Deno.test("parseOptions() writes the plot, not the figures, of a file of them", () => {
  const options = parseOptions(["--from", "x.json"]);
  assertEquals(options.from, "x.json");
  assertEquals(options.json, "");
  assertEquals(options.svg, "docs/bench.svg");
});

Deno.test("parseOptions() refuses what it does not know", () => {
  for (
    const args of [["--fast"], ["--rounds"], ["--rounds", "0"], [
      "--seconds",
      "soon",
    ]]
  ) {
    assertThrows(
      () => parseOptions(args),
      SyntaxError,
      "Cannot read the options",
    );
  }
});

Deno.test("parseOptions() writes no file for a quick run, or for two revisions", () => {
  for (const args of [["--quick"], ["--against", "HEAD"]]) {
    const { json, svg } = parseOptions(args);
    assertEquals({ json, svg }, { json: "", svg: "" });
  }
  assertEquals(parseOptions(["--quick"]).quick, true);
  assertEquals(parseOptions(["--quick", "--json", "x.json"]).json, "x.json");
});

Deno.test("parseOptions() has nine pairs for two revisions unless it is told otherwise", () => {
  const options = parseOptions(["--against", "HEAD~2", "--quick"]);
  assertEquals(options.against, "HEAD~2");
  assertEquals(options.quick, true);
  assertEquals(options.rounds, 9);
  assertEquals(parseOptions(["--against", "x", "--rounds", "3"]).rounds, 3);
  assertEquals(parseOptions([]).rounds, 5);
});

Deno.test("parseOptions() refuses what shows peers beside --against", () => {
  for (const args of [["--readme"], ["--svg", "x.svg"], ["--from", "x.json"]]) {
    assertThrows(
      () => parseOptions(["--against", "HEAD", ...args]),
      SyntaxError,
      `found "${args[0]}" beside --against`,
    );
  }
});

/** The workloads of a machine that has all tools. */
function everyWorkload(): Workload[] {
  return allWorkloads(
    new Kit({
      compiled: "/nowhere",
      missing: [],
      certificate: "/nowhere",
      hasNode: true,
      ws: "/nowhere",
      bun: "/nowhere/bun",
      nats: "/nowhere",
      pin: [],
      fileLimit: Infinity,
      versions: {},
      leftOut: [],
    }),
  );
}

Deno.test("a Kit runs files from where they are, also those on one core", () => {
  const tools = {
    compiled: undefined,
    missing: [],
    certificate: "/nowhere",
    hasNode: true,
    ws: undefined,
    bun: undefined,
    nats: undefined,
    pin: ["pin", "0"],
    fileLimit: Infinity,
    versions: {},
    leftOut: [],
  };
  const kit = new Kit(tools, (file) => `/elsewhere/${file}`);
  assertEquals(kit.deno("servers/a.ts", 1).slice(-2), [
    "/elsewhere/servers/a.ts",
    "1",
  ]);
  assertEquals(kit.onOneCore().node("servers/a.mjs"), [
    "pin",
    "0",
    "node",
    "--expose-gc",
    "/elsewhere/servers/a.mjs",
  ]);
});

Deno.test("quickWorkloads() takes ten workloads, each with ours and a peer", () => {
  const quick = quickWorkloads(everyWorkload());
  assertEquals(quick.length, 10);
  for (const { name, contestants } of quick) {
    const names = contestants.map(({ name }) => name);
    const ours = names.filter((one) => one.startsWith("vnet"));
    assertEquals(ours.length >= 1 && ours.length <= 2, true, name);
    assertEquals(names.length > ours.length, true, name);
    assertEquals(names.includes("C"), false, name);
  }
});

Deno.test("the workloads of a flood hold times, not ratios, against ours alone", () => {
  const floods = everyWorkload()
    .filter(({ group }) => group === "Others under a flood");
  assertEquals(floods.length, 22);
  for (const { contestants, measures, marks, limits } of floods) {
    const ours = contestants.filter(({ name }) => name.startsWith("vnet"));
    assertEquals(limits?.length, ours.length * measures.length);
    assertEquals(marks, []);
  }
});

Deno.test("Bun is a peer of the WebSocket echoes, broadcasts and topics", () => {
  const has = everyWorkload()
    .filter(({ contestants }) => contestants.some(({ name }) => name === "Bun"))
    .map(({ group, name }) => `${group}: ${name}`);
  assert(has.includes("WebSocket server: echo of 32 bytes, window 1,000"));
  assert(
    has.includes(
      "WebSocket server: broadcast of 64 bytes to 1,000 clients, singly",
    ),
  );
  assert(
    has.includes(
      "WebSocket server: publishing 64 bytes to 1,000 of 10,000 clients, one a turn",
    ),
  );
  assert(has.every((name) => !name.includes("compressed")));
});

Deno.test("the loop of read() and an awaited write() has a mark against Deno's own", () => {
  const marks = everyWorkload()
    .filter(({ name }) => name === "echo of 32 bytes, window 1,000")
    .flatMap(({ marks }) => marks)
    .filter(({ subject }) => subject === "vnet, read");
  assertEquals(marks, [{ subject: "vnet, read", peers: ["Deno"], ratio: 3 }]);
});

Deno.test("the workloads of TLS hold this project's layer to its marks", () => {
  const found = everyWorkload().filter(({ group, name }) =>
    group === "TLS" || name.includes("TLS")
  );
  const goals = found.flatMap(({ name, marks, limits = [] }) =>
    [...marks, ...limits].map((goal) => ({ name, ...goal }))
  );
  assertEquals(goals, [
    {
      name: "handshakes of 8 clients, used once and closed",
      subject: "vnet",
      peers: ["node:tls, Deno"],
      ratio: 0.8,
    },
    ...["1 connection", "32 connections"].map((connections) => ({
      name: `round trips of 64 bytes, ${connections}`,
      subject: "vnet",
      peers: ["Deno"],
      ratio: 0.75,
    })),
    {
      name: "bulk of 64 KiB both ways",
      subject: "vnet",
      peers: ["Deno"],
      ratio: 0.6,
    },
    {
      name: "a good handshake among 300 silent clients a second",
      subject: "vnet",
      most: 100_000,
      measure: "median",
    },
    {
      name: "one of 5,000 idle TLS connections",
      subject: "vnet",
      most: 48 * 1024,
      measure: "after a minute",
    },
  ]);
  for (const { contestants } of found) {
    assertEquals(contestants.map(({ name }) => name), [
      "Deno",
      "vnet",
      "vnet, runtime",
      "node:tls, Node",
      "node:tls, Deno",
    ]);
  }
});

Deno.test("a Kit has a stand-in for the load of TLS where that cannot be compiled", () => {
  const tools = {
    compiled: "/compiled",
    missing: ["tls_load"],
    certificate: "/nowhere",
    hasNode: true,
    ws: undefined,
    bun: undefined,
    nats: undefined,
    pin: [],
    fileLimit: Infinity,
    versions: {},
    leftOut: [],
  };
  const locate = (file: string) => `/bench/${file}`;
  assertEquals(new Kit({ ...tools, missing: [] }).load("tls_load", 1, "echo"), [
    "/compiled/tls_load",
    "1",
    "echo",
  ]);
  assertEquals(new Kit(tools, locate).load("tls_load", 1, "echo"), [
    "node",
    "--expose-gc",
    "/bench/load/tls_stand_in.mjs",
    "1",
    "echo",
  ]);
  assertEquals(new Kit(tools, locate).load("tcp_load", 1), [
    "/compiled/tcp_load",
    "1",
  ]);
});

Deno.test("limitVerdicts() hold a limit against the figure, whatever others reach", () => {
  const flood: Comparison = {
    ...MEMORY,
    unit: "µs",
    entries: [
      { name: "Deno", figures: [90_000] },
      { name: "vnet", figures: [20_000] },
      { name: "vnet, read", figures: [1_500_000] },
    ],
    marks: [],
    limits: [
      { subject: "vnet", most: 20_000 },
      { subject: "vnet, read", most: 50_000 },
      { subject: "not there", most: 1 },
    ],
  };
  assertEquals(limitVerdicts(flood), [
    { subject: "vnet", figure: 20_000, most: 20_000, isMet: true },
    { subject: "vnet, read", figure: 1_500_000, most: 50_000, isMet: false },
  ]);
  const text = comparisonText(flood);
  assertStringIncludes(text, "met: 20.0 ms, mark ≤ 20.0 ms");
  assertStringIncludes(text, "missed: 1.50 s, mark ≤ 50.0 ms");
  assertStringIncludes(
    markSummary([flood]),
    "1 of 2 marks met; missed:\n- Memory, an idle connection: vnet, read 1.50 s",
  );
});

Deno.test("takePairs() alternates which revision is first", async () => {
  const log: string[] = [];
  const pairs = await takePairs({
    before: contestant("before", log, [1], 10),
    now: contestant("now", log, [2], 30),
  }, { pairs: 4, seconds: 1 });
  assertEquals(pairs.length, 4);
  assertEquals(pairs[0], {
    before: { figures: [1], cpu: 10 },
    now: { figures: [2], cpu: 30 },
  });
  const warmUp = ["before 2", "now 2"];
  const ends = ["now ends", "before ends"];
  assertEquals(log, [
    ...[...warmUp, "before 1", "now 1", ...ends],
    ...[...warmUp, "now 1", "before 1", "before 1", "now 1", ...ends],
    ...[...warmUp, "now 1", "before 1", ...ends],
  ]);
});

Deno.test("takePairs() starts no more processes than there are pairs, and ends them", async () => {
  const log: string[] = [];
  const failing: Contestant = {
    name: "now",
    enter: () => Promise.reject(new Error("Cannot start")),
  };
  const before = contestant("before", log, [1]);
  const options = { pairs: 1, seconds: 1 };
  await takePairs({ before, now: before }, options);
  assertEquals(log.filter((line) => line.endsWith("ends")).length, 2);
  const running = takePairs({ before, now: failing }, options);
  const message = await running.then(() => "", ({ message }) => message);
  assertEquals(message, "Cannot start");
  assertEquals(log.filter((line) => line.endsWith("ends")).length, 3);
});

Deno.test("rowsOf() pairs this project's contestants that are in both revisions", () => {
  const now = workload(
    ["vnet, read", "vnet, new", "Deno"].map((name) => contestant(name, [], [])),
  );
  const before = workload(
    ["Deno", "vnet, read"].map((name) => contestant(name, [], [])),
  );
  const other = { ...now, name: "another" };
  const single = { ...now, name: "single", maxRounds: 1 };
  const rows = rowsOf([now, other, single], [before, single]);
  assertEquals(rows.length, 1);
  const [row] = rows;
  assertEquals([row?.workload, row?.name, row?.unit], [
    "work",
    "vnet, read",
    "µs",
  ]);
  assertEquals(row?.before === before.contestants[1], true);
  assertEquals(row?.now === now.contestants[0], true);
});

/** Pairs of CPU times, before and now. */
function pairsOf(...times: (readonly [number, number])[]): Pair[] {
  return times.map(([before, now]) => ({
    before: { figures: [1000], cpu: before },
    now: { figures: [2000], cpu: now },
  }));
}

Deno.test("cpuRatio() and figureRatio() are medians over the pairs, with the spread", () => {
  const pairs = pairsOf([100, 90], [100, 120], [50, 50]);
  assertEquals(cpuRatio(pairs), { median: 1, least: 0.9, most: 1.2 });
  assertEquals(figureRatio(pairs), { median: 2, least: 2, most: 2 });
  const untold = pairs.map(({ before, now }) => ({
    before: { figures: before.figures },
    now,
  }));
  assertEquals(cpuRatio(untold), undefined);
});

Deno.test("pairsText() has the CPU time and the rate, each with its ratio", () => {
  const row = { group: "TCP", workload: "echo", name: "vnet" };
  const pairs = pairsOf([500, 450]);
  assertEquals(
    pairsText({ ...row, unit: "messages/s", pairs }),
    "  vnet  CPU 500 ns → 450 ns  ×0.90 (0.90 to 0.90)  " +
      "1.00 k messages/s → 2.00 k messages/s  ×2.00 (2.00 to 2.00)",
  );
  assertStringIncludes(
    pairsText({ ...row, unit: "bytes/s", pairs: pairsOf([0.5, 0.5]) }),
    "524 µs/MiB → 524 µs/MiB",
  );
});

Deno.test("pairsSummary() names the rows that cost over a tenth more", () => {
  const row = { group: "TCP", workload: "echo", unit: "messages/s" };
  const good = { ...row, name: "vnet", pairs: pairsOf([100, 110.4]) };
  const bad = { ...row, name: "vnet, lines", pairs: pairsOf([100, 121]) };
  assertStringIncludes(pairsSummary([good]), "above ×1.1: none.");
  assertStringIncludes(
    pairsSummary([good, bad]),
    "above ×1.1: 1:\n- TCP, echo: vnet, lines ×1.21 (1.21 to 1.21)",
  );
  assertStringIncludes(pairsSummary([]), "not told");
});

Deno.test("contest() gives each measure the limits that are about it", async () => {
  const work = {
    ...workload([contestant("a", [], [1, 10])]),
    limits: [{ subject: "a", most: 5 }, {
      subject: "a",
      most: 6,
      measure: "99 %",
    }],
  };
  const found = await contest(work, { rounds: 1, seconds: 1 });
  assertEquals(found.map(({ limits }) => limits), [
    [{ subject: "a", most: 5 }],
    [{ subject: "a", most: 6 }],
  ]);
});
