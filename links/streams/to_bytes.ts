export { toBytes } from "./mod.js";
