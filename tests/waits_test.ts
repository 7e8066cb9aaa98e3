import { assert, assertEquals } from "@std/assert";

/**
 * The calls that return a promise or an async iterator and take no `{ signal, timeout, deadline }`,
 * with the reason. Each other call of the public API has to take them.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "Reader.read": "a contract that other people's readers keep",
  "Writer.write": "a contract that other people's writers keep",
  "StreamListener.close": "waits for the system only, which answers at once",
  "StreamListener.serve": "runs until the listener closes; takes a signal",
  "Server.listen": "runs until the server closes; takes a signal",
  "Server.handleUpgrade":
    "waits for the program's own onConnect, within handshakeTimeout",
  "TlsConn.handshake": "tells what is known: the handshake is over",
  "Membership.leave": "a call to the system, which answers at once",
  "UdpConn.kernelDrops": "reads a file of the system",
  "UdpSettings.joinMulticast": "a call to the system, which answers at once",
  "UdpSettings.setMulticastInterface": "a call to the system, as above",
  "UdpSettings.setMulticastLoopback": "a call to the system, as above",
  "UdpSettings.setMulticastTtl": "a call to the system, as above",
  "NatsTopicsConnection.flush": "a contract that connections of @nats-io keep",
  "InvitationStore.add": "a contract that stores of programs keep",
  "InvitationStore.giveBack": "a contract that stores of programs keep",
  "InvitationStore.take": "a contract that stores of programs keep",
  "ChatLease.release":
    "a contract that logs keep; the server waits with limits",
  "ChatLog.append": "a contract that logs keep; the server waits with limits",
  "ChatLog.close": "a contract that logs keep; the server waits with limits",
  "ChatLog.end": "a contract that logs keep; the server waits with limits",
  "ChatLog.first": "a contract that logs keep; the server waits with limits",
  "ChatLog.lease": "a contract that logs keep; the server waits with limits",
  "ChatLog.loadSnapshots":
    "a contract that logs keep; the server waits with limits",
  "ChatLog.saveSnapshot":
    "a contract that logs keep; the server waits with limits",
  "ChatLog.servers": "a contract that logs keep; the server waits with limits",
  "ChatLog.trim": "a contract that logs keep; the server waits with limits",
  "ChatLog.read": "runs until its signal is aborted",
  "natsLog": "takes the `timeout` of all its requests",
  "NatsConsumerMessages.close": "a contract that @nats-io keeps",
  "NatsJetStreamClient.publish": "a contract that @nats-io keeps",
  "NatsLogConnection.status": "a contract that @nats-io keeps",
  "NatsLogOptions.jetstreamManager": "a contract that @nats-io keeps",
  openInvitations: "opens a local file",
  openSqliteStore: "opens a local file",
};

/** The methods that the language calls, without arguments. */
const IMPLICIT = /\[Symbol\.async(?:Dispose|Iterator)\]$/;

const LIMITS = ["signal", "timeout", "deadline"];

/** A function or method of the public API. */
interface Call {
  /** Such as `dialTcp` or `TcpConn.read`. */
  readonly name: string;
  readonly params: string;
  readonly result: string;
}

/** What the snapshots of all entry points say. */
interface Api {
  readonly calls: readonly Call[];
  /** What interfaces extend, and their own properties. */
  readonly interfaces: ReadonlyMap<string, Interface>;
}

interface Interface {
  readonly parents: string;
  readonly properties: Set<string>;
}

/** Reads the snapshots, which another test compares with the code. */
function readApi(): Api {
  const folder = new URL("api/", import.meta.url);
  const calls = new Map<string, Call>();
  const interfaces = new Map<string, Interface>();
  for (const { name: file } of Deno.readDirSync(folder)) {
    // What an entry point re-exports is in the snapshots of the others.
    if (file === "mod.txt") continue;
    let owner = "";
    for (
      const line of Deno.readTextFileSync(new URL(file, folder)).split("\n")
    ) {
      if (!line.startsWith("  ")) {
        owner = /^(?:abstract )?(?:class|interface) (\w+)/.exec(line)?.[1] ??
          "";
        const [, name, parents] =
          /^interface (\w+)(?:<.*?>)?(?: extends (.*))?$/.exec(line) ?? [];
        if (name !== undefined) {
          interfaces.set(name, {
            parents: parents ?? "",
            properties: new Set(),
          });
        }
      }
      const property = /^ {2}(?:readonly )?(\w+)\??: /.exec(line)?.[1];
      if (property !== undefined) {
        interfaces.get(owner)?.properties.add(property);
      }
      const call = parseCall(line, owner);
      if (call !== undefined) calls.set(`${call.name} ${line}`, call);
    }
  }
  return { calls: [...calls.values()], interfaces };
}

/** Parses the line of a function or method; those of properties are none. */
function parseCall(line: string, owner: string): Call | undefined {
  const pattern =
    /^(?:function | {2}(?:static |abstract )*)(\[[\w.]+\]|\w+)\??(?:<.*?>)?\((.*)\): (.*)$/;
  const [, name, params, result] = pattern.exec(line) ?? [];
  if (name === undefined) return undefined;
  const isMethod = line.startsWith("  ");
  return { name: isMethod ? `${owner}.${name}` : name, params, result };
}

/** The properties that a type has, as far as its text tells. */
function propertiesOf(type: string, api: Api): Set<string> {
  const properties = new Set<string>();
  // What is left out of a type has the form Omit<Type, keys>.
  const omit = /Omit<(\w+), ([^<>]*)>/g;
  for (const [, name, keys] of type.matchAll(omit)) {
    const left = propertiesOf(name, api);
    const keyof = /keyof (\w+)/.exec(keys)?.[1];
    if (keyof !== undefined) {
      for (const key of propertiesOf(keyof, api)) left.delete(key);
    }
    for (const [, key] of keys.matchAll(/"(\w+)"/g)) left.delete(key);
    for (const key of left) properties.add(key);
  }
  const rest = type.replaceAll(omit, "").replaceAll(/Pick<\w+, [^<>]*>/g, "");
  for (const [, key] of rest.matchAll(/[{;] (?:readonly )?(\w+)\??: /g)) {
    properties.add(key);
  }
  for (const [name] of rest.matchAll(/\w+/g)) {
    const found = api.interfaces.get(name);
    if (found === undefined) continue;
    for (const key of found.properties) properties.add(key);
    for (const key of propertiesOf(found.parents, api)) properties.add(key);
  }
  return properties;
}

/** Whether a call waits: then it returns a promise, or an async iterator. */
function waits({ result }: Call): boolean {
  return /^[^()]*\b(?:Promise|Async\w+)</.test(result);
}

/** Whether a parameter of a call takes all limits. */
function takesLimits({ params }: Call, api: Api): boolean {
  const properties = propertiesOf(params, api);
  return LIMITS.every((limit) => properties.has(limit));
}

const ignore = Deno.permissions.querySync({ name: "read" }).state !== "granted";

Deno.test({
  name:
    "Each call of the public API that waits takes a signal, a timeout and a deadline",
  ignore,
  fn() {
    const api = readApi();
    const endless = api.calls
      .filter((call) => waits(call) && !takesLimits(call, api));
    const wrong = endless
      .filter(({ name }) => !(name in EXCEPTIONS) && !IMPLICIT.test(name))
      .map(({ name, params, result }) => `${name}(${params}): ${result}`);

    assertEquals(
      wrong,
      [],
      "These wait without limits: give them WaitOptions, or an exception with its reason.",
    );
    const names = new Set(endless.map(({ name }) => name));
    const unused = Object.keys(EXCEPTIONS).filter((name) => !names.has(name));
    assertEquals(unused, [], "These exceptions are not needed any more.");
  },
});

Deno.test({
  name:
    "The walk over the public API sees functions, methods and inherited limits",
  ignore,
  fn() {
    const api = readApi();
    const waiting = new Set(api.calls.filter(waits).map(({ name }) => name));
    const find = (name: string) => {
      const found = api.calls.filter((call) => call.name === name);
      return found.map((call) => takesLimits(call, api));
    };

    assert(waiting.has("StreamConn.lines"));
    assert(waiting.has("UdpConn.[Symbol.asyncIterator]"));
    assert(!waiting.has("StreamConn.close"));
    assertEquals(find("dialTls"), [true]);
    assertEquals(find("dialUdp"), [true, true, true]);
    assertEquals(find("StreamConn.read"), [true]);
    assertEquals(find("StreamConn.readLine"), [true]);
    assertEquals(find("UdpSession.receive"), [true]);
    assertEquals(find("Reader.read"), [false]);
    assertEquals(find("StreamListener.serve"), [false]);
    assertEquals(
      takesLimits({
        name: "f",
        params: "options?: Omit<DialTcpOptions, keyof WaitOptions>",
        result: "Promise<void>",
      }, api),
      false,
    );
    assertEquals(
      takesLimits({
        name: "f",
        params: "options?: { readonly limit?: number } & WaitOptions",
        result: "Promise<void>",
      }, api),
      true,
    );
  },
});
