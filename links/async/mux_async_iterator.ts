export { MuxAsyncIterator } from "./mod.js";
