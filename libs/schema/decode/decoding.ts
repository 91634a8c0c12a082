import type { Field } from '#lib/schema/types';

/** What could not be decoded, in the words of Go's decoder. The caller wraps it into an API error. */
export class DecodeError extends Error {}

/** Upstream stops listing after this many. Mirrors sigs.k8s.io/json. */
export const MAX_STRICT_ERRORS = 100;

/**
 * The state of one decoding: where it is and what it has complained about.
 *
 * The path is kept as a stack that is only rendered when something is wrong, so that a clean object pays two array
 * writes per field. Members of a map count for the strict path but not for the path that Go prints for wrong types.
 */
export class Decoding {
  /** `unknown field "spec.foo"`, in document order. */
  readonly strict: string[] = [];
  /** The first value of a wrong type. Go notes it and goes on, so that a later syntax-like error wins. */
  mismatch: string | undefined;
  readonly stack: (Field | number | string)[] = [];
  depth = 0;

  /** `checking` is false when nobody wants to know of unknown fields. */
  constructor(private readonly checking = true) {}

  unknown(name: string): void {
    if (this.checking && this.strict.length < MAX_STRICT_ERRORS) this.strict.push(`unknown field ${JSON.stringify(this.pathTo(name))}`);
  }

  wrongType(value: unknown, goType: string): void {
    this.mismatch ??= this.mismatchText(value, goType);
  }

  /** For types with a decoder of their own: Go gives up at once. */
  fatalWrongType(value: unknown, goType: string): never {
    throw new DecodeError(this.mismatchText(value, goType));
  }

  private mismatchText(value: unknown, goType: string): string {
    const names = this.stack.slice(0, this.depth).filter((step): step is Field => typeof step === 'object');
    const last = names[names.length - 1];
    const where = last ? `Go struct field ${last.owner.name}.${names.map((field) => field.name).join('.')}` : 'Go value';
    return `json: cannot unmarshal ${goWord(value, goType)} into ${where} of type ${goType}`;
  }

  /** `spec.containers[0].foo` */
  private pathTo(name: string): string {
    let path = '';
    for (const step of this.stack.slice(0, this.depth)) {
      if (typeof step === 'number') path += `[${step}]`;
      else path += `${path === '' ? '' : '.'}${typeof step === 'string' ? step : step.name}`;
    }
    return path === '' ? name : `${path}.${name}`;
  }
}

/** What Go calls a JSON value in its errors. A number is shown when its size or fraction may be the reason. */
export function goWord(value: unknown, goType = ''): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return goType.startsWith('int') ? `number ${value}` : 'number';
  return typeof value;
}
