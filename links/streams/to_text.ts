export { toText } from "./mod.js";
