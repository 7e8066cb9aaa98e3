import { assertEquals, assertNotEquals } from "@std/assert";
import { formatText } from "../../../chat/room/text/_text_format.ts";
import type { Delivery } from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import { InProcessRelay, type Relay } from "../../../chat/room/relay.ts";
import { RelayLink } from "../../../chat/room/relay_link.ts";

/** A server without sockets: what its users see is kept by their ids. */
class Server implements Disposable {
  readonly room = new ChatRoom({ flood: { burst: Infinity } });
  readonly link: RelayLink;
  readonly #screens = new Map<number, string[]>();
  onDelivery: (delivery: Delivery) => void = () => {};

  constructor(relay: Relay, origin: string) {
    this.link = new RelayLink(this.room, {
      relay,
      origin,
      deliver: (delivery) => {
        for (const id of delivery.to) {
          this.#screens.get(id)?.push(formatText(delivery.message).trimEnd());
        }
        this.onDelivery(delivery);
      },
    });
  }

  enter(nickname: string): number {
    const { id, deliveries } = this.room.join("192.0.2.1:1", 0);
    this.#screens.set(id, []);
    this.link.send(deliveries);
    this.line(id, nickname);
    this.read(id);
    return id;
  }

  line(id: number, text: string): void {
    this.link.send(this.room.line(id, text, 0));
  }

  read(id: number): string[] {
    return this.#screens.get(id)?.splice(0) ?? [];
  }

  [Symbol.dispose](): void {
    this.link[Symbol.dispose]();
  }
}

Deno.test("RelayLink connects two rooms", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  const alice = east.enter("alice");
  const bob = west.enter("bob");
  assertEquals(east.read(alice), ["*** bob (on west) has joined."]);

  east.line(alice, "hello");
  assertEquals(west.read(bob), ["alice (on east): hello"]);
  west.line(bob, "/me waves");
  assertEquals(east.read(alice), ["* bob (on west) waves"]);
  west.line(bob, "/nick Robert");
  assertEquals(east.read(alice), [
    "*** bob is now called Robert (on west).",
  ]);
  assertEquals(west.read(bob), ["*** bob is now called Robert."]);
  east.link.send(east.room.shutdown(0));
  assertEquals(west.read(bob), [
    "*** alice (on east) has left: server shutting down.",
  ]);
});

Deno.test("RelayLink returns no message to its author", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  using north = new Server(relay, "north");
  const alice = east.enter("alice");
  const anna = east.enter("anna");
  const bob = west.enter("bob");
  const nora = north.enter("nora");
  for (const id of [alice, anna]) east.read(id);
  west.read(bob);

  east.line(alice, "once");
  assertEquals(east.read(alice), []);
  assertEquals(east.read(anna), ["alice: once"]);
  assertEquals(west.read(bob), ["alice (on east): once"]);
  assertEquals(north.read(nora), ["alice (on east): once"]);
});

Deno.test("RelayLink does not publish messages to single users", () => {
  const relay = new InProcessRelay();
  const published: string[] = [];
  relay.subscribe(({ message }) => published.push(message.type));
  using east = new Server(relay, "east");
  const alice = east.enter("alice");
  const bob = east.enter("bob");
  for (const line of ["/list", "/help", "c:bob:hi", "/dance", "n:bob"]) {
    east.line(alice, line);
  }
  assertEquals(published, ["joined", "joined"]);
  east.line(bob, "byebye");
  east.line(alice, "alone");
  assertEquals(published, ["joined", "joined", "left", "said"]);
});

Deno.test("RelayLink delivers here before it publishes", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  const alice = east.enter("alice");
  const bob = east.enter("bob");
  east.read(alice);
  const seen: string[][] = [];
  relay.subscribe(() => seen.push(east.read(alice)));
  east.line(bob, "hi");
  assertEquals(seen, [["bob: hi"]]);
});

Deno.test("RelayLink queues deliveries that a delivery causes", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((nickname) =>
    east.enter(nickname)
  );
  const xi = west.enter("xi");
  for (const id of [alice, bob, carol]) east.read(id);

  // Bob's queue is full when the words come.
  east.onDelivery = ({ message }) => {
    if (message.type !== "said") return;
    east.link.send(east.room.leave(bob, "slow", 0));
  };
  // And the other server answers as soon as it hears them.
  west.onDelivery = ({ message }) => {
    if (message.type === "said") west.line(xi, `heard ${message.text}`);
  };
  east.line(alice, "hi");

  assertEquals(east.read(carol), [
    "alice: hi",
    "*** bob (user 2) has left: reads too slowly.",
    "xi (on west): heard hi",
  ]);
  assertEquals(west.read(xi), [
    "alice (on east): hi",
    "*** bob (on east) has left: reads too slowly.",
  ]);
});

Deno.test("RelayLink keeps the order of ids for everyone", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  const alice = east.enter("alice");
  const xi = west.enter("xi");
  const ids: number[] = [];
  east.onDelivery = ({ message }) => {
    if ("room" in message && "id" in message) ids.push(message.id);
    if (message.type === "said" && message.text.length < 5) {
      east.line(alice, `${message.text}x`);
    }
  };
  west.onDelivery = ({ message }) => {
    if (message.type === "said" && message.text.length < 5) {
      west.line(xi, `${message.text}y`);
    }
  };
  east.enter("bob");
  east.line(alice, "a");
  assertEquals(ids.length > 10, true);
  assertEquals(ids, [...ids].sort((left, right) => left - right));
});

Deno.test("RelayLink receives nothing after close()", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  const alice = east.enter("alice");
  const bob = west.enter("bob");
  east.read(alice);
  west.link.close();
  west.link.close();
  east.line(alice, "hello?");
  assertEquals(west.read(bob), []);
  west.line(bob, "still here");
  assertEquals(east.read(alice), ["bob (on west): still here"]);
});

Deno.test("RelayLink has a random origin by default", () => {
  const relay = new InProcessRelay();
  const deliver = () => {};
  using first = new RelayLink(new ChatRoom(), { relay, deliver });
  using second = new RelayLink(new ChatRoom(), { relay, deliver });
  assertNotEquals(first.origin, second.origin);
});

Deno.test("RelayLink connects each room to the one of the same name", () => {
  const relay = new InProcessRelay();
  using east = new Server(relay, "east");
  using west = new Server(relay, "west");
  const alice = east.enter("alice");
  const bob = west.enter("bob");
  const carol = west.enter("carol");
  east.line(alice, "/join Cats");
  west.line(bob, "/join cats");
  for (const id of [bob, carol]) west.read(id);
  east.read(alice);

  east.line(alice, "/topic purring");
  east.line(alice, "meow");
  assertEquals(west.read(bob), [
    "*** #cats alice (on east) has set the topic: purring",
    "#cats alice (on east): meow",
  ]);
  assertEquals(west.read(carol), []);
  // What came from there is a part of the history here.
  west.line(carol, "/join cats");
  assertEquals(
    west.read(carol).filter((line) => line.includes("meow")).length,
    1,
  );
  east.line(alice, "/leave");
  assertEquals(west.read(bob).at(-1), "*** alice (on east) has left #cats.");
  // Nobody has this room open there.
  east.line(alice, "/join dogs");
  assertEquals(west.read(bob), []);
});
