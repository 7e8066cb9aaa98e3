export { mergeReadableStreams } from "./mod.js";
