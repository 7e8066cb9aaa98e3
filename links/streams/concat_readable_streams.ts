export { concatReadableStreams } from "./mod.js";
