export {
  debounce,
  type DebouncedFunction,
  type DebounceOptions,
} from "./mod.js";
