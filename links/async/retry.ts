export { retry, RetryError, type RetryOptions } from "./mod.js";
