export { zipReadableStreams } from "./mod.js";
