export { toBlob } from "./mod.js";
