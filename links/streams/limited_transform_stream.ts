export {
  LimitedTransformStream,
  type LimitedTransformStreamOptions,
} from "./mod.js";
