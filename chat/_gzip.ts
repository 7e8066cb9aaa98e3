/** Compresses bytes. */
export function gzip(
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream();
  return new Response(stream.pipeThrough(new CompressionStream("gzip")))
    .bytes();
}

/** Restores bytes that were compressed. */
export function gunzip(data: Blob): Promise<Uint8Array> {
  const stream = data.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).bytes();
}
