// @ts-self-types="./mod.d.ts"
// File by file, because the mod.js of deno-std 1.4.0 does not load: its
// channel.js imports a folder that the package does not have.
export * from "npm:deno-std@1.4.0/async/abortable.js";
export * from "./_channel.js";
export * from "npm:deno-std@1.4.0/async/deadline.js";
export * from "npm:deno-std@1.4.0/async/debounce.js";
export * from "npm:deno-std@1.4.0/async/delay.js";
export * from "npm:deno-std@1.4.0/async/mux_async_iterator.js";
export * from "npm:deno-std@1.4.0/async/pool.js";
export * from "npm:deno-std@1.4.0/async/retry.js";
export * from "npm:deno-std@1.4.0/async/tee.js";
