export { pooledMap } from "./mod.js";
