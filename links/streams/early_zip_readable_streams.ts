export { earlyZipReadableStreams } from "./mod.js";
