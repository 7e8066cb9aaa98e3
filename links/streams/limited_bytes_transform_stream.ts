export {
  LimitedBytesTransformStream,
  type LimitedBytesTransformStreamOptions,
} from "./mod.js";
