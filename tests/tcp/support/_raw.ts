import type { HalfHost, RawConn } from "../../../tcp/conn/_raw_conn.ts";

const nothing = () => {};

/** What a half of a connection asks of the whole, where nobody is told. */
export const HOST: HalfHost = {
  peerName: "the peer",
  isRef: true,
  onReadEnd: nothing,
  onEndTold: nothing,
  onWriteEnd: nothing,
};

/** A raw connection that ends at once, but for what the test does itself. */
export function makeRaw(own: Partial<RawConn> = {}): RawConn {
  return {
    read: () => Promise.resolve(null),
    write: ({ length }) => Promise.resolve(length),
    closeWrite: () => Promise.resolve(),
    close: nothing,
    ref: nothing,
    unref: nothing,
    ...own,
  };
}
