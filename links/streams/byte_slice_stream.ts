export { ByteSliceStream } from "./mod.js";
