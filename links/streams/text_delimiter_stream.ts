export {
  type DelimiterDisposition,
  type DelimiterStreamOptions,
  TextDelimiterStream,
} from "./mod.js";
