import { assertEquals, assertThrows } from "@std/assert";
import {
  acceptDeflateOffer,
  checkDeflateOptions,
  type DeflateOptions,
  type DeflateParams,
  makeDeflateOffer,
  readDeflateAnswer,
} from "../../../websocket/deflate/_deflate_negotiation.ts";
import {
  type Extension,
  formatExtensions,
  parseExtensions,
} from "../../../websocket/handshake/_extensions.ts";
import { withSeeds } from "../../property/_random.ts";

const DEFAULTS: DeflateParams = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

function parsed(value: string): Extension[] {
  return parseExtensions(value) ?? [];
}

/** The server's answer to an offer, as text. */
function answer(offer: string, options: DeflateOptions = {}) {
  const agreed = acceptDeflateOffer(parsed(offer), options);
  return agreed && formatExtensions([agreed.answer]);
}

/** What the server goes by after an offer. */
function agreed(offer: string, options: DeflateOptions = {}) {
  return acceptDeflateOffer(parsed(offer), options)?.params;
}

/** What the client makes of an answer. */
function read(answer: string, options: DeflateOptions = {}) {
  return readDeflateAnswer(parsed(answer)[0], options);
}

Deno.test("acceptDeflateOffer() answers plain offers plainly", () => {
  assertEquals(answer("permessage-deflate"), "permessage-deflate");
  assertEquals(agreed("permessage-deflate"), DEFAULTS);
  const browsers = "permessage-deflate; client_max_window_bits";
  assertEquals(answer(browsers), "permessage-deflate");
  assertEquals(agreed(browsers), DEFAULTS);
});

Deno.test("acceptDeflateOffer() agrees to what the client asks for", () => {
  assertEquals(
    answer("permessage-deflate; server_no_context_takeover"),
    "permessage-deflate; server_no_context_takeover",
  );
  assertEquals(
    answer("permessage-deflate; client_no_context_takeover"),
    "permessage-deflate; client_no_context_takeover",
  );
  for (let bits = 8; bits <= 15; bits++) {
    const offer = `permessage-deflate; server_max_window_bits=${bits}`;
    assertEquals(answer(offer), offer);
    assertEquals(agreed(offer)?.serverMaxWindowBits, bits);
    const hint = `permessage-deflate; client_max_window_bits=${bits}`;
    assertEquals(answer(hint), bits === 15 ? "permessage-deflate" : hint);
    assertEquals(agreed(hint)?.clientMaxWindowBits, bits);
  }
});

Deno.test("acceptDeflateOffer() puts its own options in the answer", () => {
  const options: DeflateOptions = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 11,
  };
  assertEquals(
    answer("permessage-deflate; client_max_window_bits", options),
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11",
  );
  assertEquals(
    agreed(
      "permessage-deflate; server_max_window_bits=12; client_max_window_bits=9",
      options,
    ),
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: 9,
    },
  );
});

Deno.test("acceptDeflateOffer() declines a client that can't be told the window it must keep", () => {
  const options = { clientMaxWindowBits: 10 };
  assertEquals(answer("permessage-deflate", options), undefined);
  assertEquals(
    answer("permessage-deflate, permessage-deflate; client_max_window_bits", {
      clientMaxWindowBits: 10,
    }),
    "permessage-deflate; client_max_window_bits=10",
  );
});

Deno.test("acceptDeflateOffer() declines malformed offers and goes on to the next", () => {
  const malformed = [
    "permessage-deflate; unknown",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover=true",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=010",
    "permessage-deflate; server_max_window_bits=1e1",
    "permessage-deflate; server_max_window_bits=+9",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=08",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
    "permessage-deflate; __proto__",
    "PERMESSAGE-DEFLATE",
    "x-webkit-deflate-frame",
    "permessage-bzip2",
  ];
  for (const offer of malformed) {
    assertEquals(answer(offer), undefined, offer);
    assertEquals(
      answer(`${offer}, permessage-deflate; server_max_window_bits="9"`),
      "permessage-deflate; server_max_window_bits=9",
    );
  }
  assertEquals(acceptDeflateOffer([], {}), undefined);
});

Deno.test("makeDeflateOffer() names what the client wants, and that it can be told a window", () => {
  assertEquals(
    formatExtensions([makeDeflateOffer({})]),
    "permessage-deflate; client_max_window_bits",
  );
  assertEquals(
    formatExtensions([makeDeflateOffer({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
    })]),
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10",
  );
});

Deno.test("readDeflateAnswer() takes what fits the offer", () => {
  assertEquals(read("permessage-deflate"), DEFAULTS);
  assertEquals(
    read(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9",
    ),
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 8,
      clientMaxWindowBits: 9,
    },
  );
  const options = { clientNoContextTakeover: true, clientMaxWindowBits: 10 };
  assertEquals(read("permessage-deflate", options), {
    ...DEFAULTS,
    clientNoContextTakeover: true,
    clientMaxWindowBits: 10,
  });
});

Deno.test("readDeflateAnswer() refuses what does not fit the offer", () => {
  const cases: [string, DeflateOptions][] = [
    ["permessage-bzip2", {}],
    ["permessage-deflate; unknown", {}],
    ["permessage-deflate; client_max_window_bits", {}],
    ["permessage-deflate; client_max_window_bits=16", {}],
    ["permessage-deflate; server_max_window_bits=7", {}],
    ["permessage-deflate; server_max_window_bits", {}],
    ["permessage-deflate; server_no_context_takeover=1", {}],
    [
      "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
      {},
    ],
    ["permessage-deflate", { serverNoContextTakeover: true }],
    ["permessage-deflate", { serverMaxWindowBits: 10 }],
    [
      "permessage-deflate; server_max_window_bits=11",
      { serverMaxWindowBits: 10 },
    ],
    [
      "permessage-deflate; client_max_window_bits=11",
      { clientMaxWindowBits: 10 },
    ],
  ];
  for (const [text, options] of cases) {
    assertEquals(read(text, options), undefined, text);
  }
});

Deno.test("Client and server agree on the same parameters, whatever each wants", () => {
  withSeeds(1000, (random) => {
    const wishes = (): DeflateOptions => ({
      serverNoContextTakeover: random.chance(0.3),
      clientNoContextTakeover: random.chance(0.3),
      serverMaxWindowBits: random.chance(0.5) ? random.int(8, 15) : undefined,
      clientMaxWindowBits: random.chance(0.5) ? random.int(8, 15) : undefined,
    });
    const client = wishes();
    const offer = formatExtensions([makeDeflateOffer(client)]);
    const server = acceptDeflateOffer(parsed(offer), wishes());
    if (server === undefined) throw new Error(`Declined ${offer}`);
    const text = formatExtensions([server.answer]);
    assertEquals(read(text, client), server.params);
  });
});

Deno.test("checkDeflateOptions() refuses numbers out of range", () => {
  checkDeflateOptions({});
  checkDeflateOptions({ serverMaxWindowBits: 8, level: 9, threshold: 0 });
  const bad: DeflateOptions[] = [
    { serverMaxWindowBits: 7 },
    { serverMaxWindowBits: 16 },
    { clientMaxWindowBits: 8.5 },
    { level: 0 },
    { level: 10 },
    { threshold: -1 },
    { threshold: NaN },
  ];
  for (const options of bad) {
    assertThrows(() => checkDeflateOptions(options), RangeError, "Cannot use");
  }
});
