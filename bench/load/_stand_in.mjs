// deno-lint-ignore-file explicit-module-boundary-types -- JSDoc has the types

// What the load generators in JavaScript have in common, under Node and Deno.

import { Buffer } from "node:buffer";
import process from "node:process";

/** How much has been done: messages, bytes or connections. */
let done = 0;

/** @param {number} amount */
export function count(amount) {
  done += amount;
}

/**
 * Puts load on a server by connections of one kind.
 *
 * @param {() => import("node:net").Socket} dial
 * @param {string} opened The event of a connection that can be written to.
 * @param {number} size Of a message, in bytes.
 */
export function makeLoads(dial, opened, size) {
  const message = Buffer.alloc(size, "v");

  /** Sends a message, and again when all of it has come back. */
  function echo() {
    const socket = dial();
    let missing = size;
    socket.write(message);
    socket.on("data", ({ length }) => {
      missing -= length;
      if (missing > 0) return;
      missing += size;
      count(1);
      socket.write(message);
    });
  }

  /** Sends as fast as it is taken; counts the bytes that come back. */
  function bulk() {
    const socket = dial();
    const send = () => {
      while (socket.write(message));
    };
    socket.on("data", ({ length }) => count(length));
    socket.on("drain", send);
    socket.on(opened, send);
  }

  /** Opens a connection, uses it once, and opens the next when it has ended. */
  function connect() {
    const socket = dial();
    let missing = size;
    socket.write(message);
    socket.on("data", ({ length }) => {
      missing -= length;
      if (missing === 0) socket.end();
    });
    socket.on("close", () => {
      count(1);
      connect();
    });
  }

  return { echo, bulk, connect };
}

/**
 * Runs a load over many connections, prints what was done in a second, and exits.
 *
 * @param {() => void} load
 * @param {number} connections
 * @param {number} seconds
 */
export function runLoad(load, connections, seconds) {
  for (let index = 0; index < connections; index++) load();
  const start = performance.now();
  setTimeout(() => {
    const elapsed = (performance.now() - start) / 1000;
    console.log(Math.round(done / elapsed));
    process.exit();
  }, seconds * 1000);
}
