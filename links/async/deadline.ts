export { deadline, type DeadlineOptions } from "./mod.js";
