export { tee, type Tuple, type TupleOf } from "./mod.js";
