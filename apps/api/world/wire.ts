import type { KubeObject } from '#lib/api/meta';

const bytes = new WeakMap<object, Buffer>();

/** The object's JSON as it goes over the wire. Objects never change, so it is made once. */
export function wireBytes(object: KubeObject): Buffer {
  let known = bytes.get(object);
  if (!known) bytes.set(object, (known = Buffer.from(JSON.stringify(object))));
  return known;
}

/** For writers and loaders, who have the text at hand anyway, or its bytes. */
export function rememberBytes(object: KubeObject, text: string | Uint8Array): Buffer {
  const known = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  bytes.set(object, known);
  return known;
}
