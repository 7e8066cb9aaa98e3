import { type Json, type Property, refute } from "./_property.ts";

/** How many smaller cases are tried at most, and for how many milliseconds. */
const MAX_TRIES = 2000;
const MAX_TIME = 10_000;

/** Makes a case for which a property does not hold smaller, while it doesn't. */
export async function shrink(
  property: Property,
  value: Json,
): Promise<{ value: Json; message: string }> {
  let smallest = value;
  let message = await refute(property, value) ?? "It holds now";
  let tries = 0;
  const end = performance.now() + MAX_TIME;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smaller(smallest)) {
      const isEnough = ++tries > MAX_TRIES || performance.now() > end;
      if (isEnough) return { value: smallest, message };
      const failure = await refute(property, candidate);
      if (failure === undefined) continue;
      smallest = candidate;
      message = failure;
      isSmaller = true;
      break;
    }
  }
  return { value: smallest, message };
}

/** Cases that are a little smaller, the smallest first. */
function* smaller(value: Json): Generator<Json> {
  if (typeof value === "boolean") {
    if (value) yield false;
  } else if (typeof value === "number") {
    if (value !== 0) yield 0;
    const half = Math.trunc(value / 2);
    if (half !== 0 && half !== value) yield half;
    if (Math.abs(value) > 2) yield value - Math.sign(value);
  } else if (typeof value === "string") {
    for (const [start, end] of spans(value.length)) {
      yield value.slice(0, start) + value.slice(end);
    }
  } else if (Array.isArray(value)) {
    for (const [start, end] of spans(value.length)) {
      yield [...value.slice(0, start), ...value.slice(end)];
    }
    for (const [index, item] of value.entries()) {
      for (const less of smaller(item)) yield value.with(index, less);
    }
  } else {
    for (const [name, item] of Object.entries(value)) {
      for (const less of smaller(item)) yield { ...value, [name]: less };
    }
  }
}

/** What to leave out: all, halves, quarters, and so on to single places. */
function* spans(length: number): Generator<[start: number, end: number]> {
  for (let size = length; size >= 1; size = Math.trunc(size / 2)) {
    for (let start = 0; start < length; start += size) {
      yield [start, Math.min(start + size, length)];
    }
  }
}
