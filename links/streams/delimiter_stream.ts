export {
  type DelimiterDisposition,
  DelimiterStream,
  type DelimiterStreamOptions,
} from "./mod.js";
