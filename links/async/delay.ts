export { delay, type DelayOptions } from "./mod.js";
