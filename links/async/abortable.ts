export { abortable } from "./mod.js";
