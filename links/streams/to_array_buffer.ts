export { toArrayBuffer } from "./mod.js";
