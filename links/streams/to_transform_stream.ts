export { toTransformStream } from "./mod.js";
