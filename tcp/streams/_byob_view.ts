type View = ArrayBufferView<ArrayBuffer>;

/** The getter of `%TypedArray%.prototype`, which a subclass can't change. */
const nameOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** Makes views of one type. */
interface ViewConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): View;
}

/**
 * The memory of a view that a BYOB reader was given, which it takes over. The
 * result has the plain type of the view, whatever class or realm the view is of:
 * the standard's table of typed array constructors.
 */
export class ByobView {
  /** `undefined` for a `DataView`. */
  readonly #type: ViewConstructor | undefined;
  readonly #offset: number;
  /** How many bytes an element has. */
  readonly elementSize: number;
  /** The memory as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /**
   * @param view A view that {@linkcode checkByobRead} has let pass.
   * @throws {TypeError} If its memory can't be taken over.
   */
  constructor(view: View) {
    const { byteOffset, byteLength } = view;
    this.#type = constructorOf(view);
    this.#offset = byteOffset;
    this.elementSize = this.#type?.BYTES_PER_ELEMENT ?? 1;
    this.bytes = new Uint8Array(view.buffer.transfer(), byteOffset, byteLength);
  }

  /** A view of the type that was given, of the first bytes of the memory. */
  filled(length: number): View {
    const { buffer } = this.bytes;
    return this.#type === undefined
      ? new DataView(buffer, this.#offset, length)
      : new this.#type(buffer, this.#offset, length / this.elementSize);
  }
}

/**
 * Checks the arguments of `read` of a BYOB reader as the standard does.
 *
 * @returns How many elements the read has to wait for.
 * @throws {TypeError} If the view is none, is empty, or has memory that was
 * transferred, is shared or is resizable, or if `min` is no number above 0.
 * @throws {RangeError} If `min` is more than the view has room for.
 */
export function checkByobRead(
  view: unknown,
  options: ReadableStreamBYOBReaderReadOptions | undefined,
): number {
  if (!ArrayBuffer.isView(view)) throw refusal("the argument is no view");
  const min = minOf(options);
  const { buffer } = view;
  if (isShared(buffer)) throw refusal("its memory is shared");
  if (buffer.resizable) throw refusal("its memory is resizable");
  if (buffer.detached) throw refusal("its memory was transferred");
  if (view.byteLength === 0) throw refusal("it is empty");
  if (min === 0) {
    throw new TypeError("Cannot read with min 0: expected 1 or more");
  }
  const room = view.byteLength / (constructorOf(view)?.BYTES_PER_ELEMENT ?? 1);
  if (min > room) {
    throw new RangeError(
      `Cannot read with min ${min}: the view has room for ${room}`,
    );
  }
  return min;
}

/** `min` as an integer: `[EnforceRange] unsigned long long` of Web IDL. */
function minOf(
  options: ReadableStreamBYOBReaderReadOptions | undefined,
): number {
  if (options === undefined || options === null) return 1;
  if (typeof options !== "object" && typeof options !== "function") {
    throw new TypeError(
      `Cannot read with options of type ${typeof options}: expected an object`,
    );
  }
  const { min } = options;
  if (min === undefined) return 1;
  // Unlike `Number`, an operator refuses a bigint, as Web IDL does.
  const integer = Math.trunc(+min);
  if (!(integer >= 0 && integer <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(
      `Cannot read with min ${min}: expected a whole number of 1 or more`,
    );
  }
  return integer;
}

function constructorOf(view: ArrayBufferView): ViewConstructor | undefined {
  const name: string | undefined = nameOf?.call(view);
  if (name === undefined) return undefined;
  return Reflect.get(globalThis, name) as ViewConstructor;
}

/** Whether memory is shared, whatever realm it is of. */
function isShared(buffer: ArrayBufferLike): buffer is SharedArrayBuffer {
  return Object.prototype.toString.call(buffer) ===
    "[object SharedArrayBuffer]";
}

function refusal(why: string): TypeError {
  return new TypeError(`Cannot read into the view: ${why}`);
}
