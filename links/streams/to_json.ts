export { toJson } from "./mod.js";
