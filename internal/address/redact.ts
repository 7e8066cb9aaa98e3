/**
 * Removes user name and password for messages, from invalid URLs too: of the text
 * before the last "@" only the scheme is kept.
 */
export function redact(url: string): string {
  const at = url.lastIndexOf("@");
  if (at === -1) return url;
  const scheme = /^[a-z][a-z0-9+.\-]*:\/\//i.exec(url)?.[0] ?? "";
  const isName = scheme === "" && !url.slice(0, at).includes(":");
  return isName ? url : scheme + url.slice(at + 1);
}
