export { Buffer, type BufferBytesOptions } from "./mod.js";
