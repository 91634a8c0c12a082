import { copyOf } from './copy';

type Members = Record<string, unknown>;

/** RFC 7386. The result shares nothing with the document or the patch: it is the draft that the pipeline goes on to change. */
export const mergePatch = (document: unknown, patch: unknown): unknown => copyOf(merge(document, patch));

function merge(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const out: Members = isObject(document) ? { ...document } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else set(out, name, merge(Object.hasOwn(out, name) ? out[name] : undefined, value));
  }
  return out;
}

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member may be called `__proto__`; an assignment would not make one. */
function set(target: Members, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}
