/** How much there is, in pages of 64 KiB; the system gives what is used of it. */
const PAGES = 50;

let memory: WebAssembly.Memory | undefined;
/** Its bytes: to ask the memory for them each time would cost 100 ns. */
let bytes: ArrayBuffer | undefined;
let isTried = false;
/** How many bytes have been given away. */
let used = 0;

/**
 * Returns the memory of the process that WebAssembly can work on, made at the
 * first call. It never grows.
 *
 * @returns The memory; `undefined` where there is no WebAssembly, or no room.
 */
export function getWasmMemory(): WebAssembly.Memory | undefined {
  if (!isTried) {
    isTried = true;
    try {
      memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
      bytes = memory.buffer as ArrayBuffer;
    } catch {
      // Then nothing is done by WebAssembly.
    }
  }
  return memory;
}

/**
 * Takes a part of that memory, for good.
 *
 * It must not get into the hands of a user: others share its `ArrayBuffer`.
 *
 * @param size How many bytes.
 * @returns The part, or `undefined` if there is not so much left.
 */
export function takeWasmMemory(
  size: number,
): Uint8Array<ArrayBuffer> | undefined {
  getWasmMemory();
  if (bytes === undefined || used + size > bytes.byteLength) return undefined;
  const part = new Uint8Array(bytes, used, size);
  used += size;
  return part;
}

/** Whether a buffer is that memory. */
export function isWasmMemory(buffer: ArrayBufferLike): boolean {
  return buffer === bytes;
}
