export { TextLineStream, type TextLineStreamOptions } from "./mod.js";
