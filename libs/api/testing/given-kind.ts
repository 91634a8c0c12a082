import { parse, stringify } from 'yaml';
import { errorText, type FieldError } from '#lib/api/field-error';
import type { Kind, WriteContext } from '#lib/api/kind';
import type { KubeObject, ObjectMeta } from '#lib/api/meta';

/** The moment of every write in these tests. */
export const NOW = new Date('2026-01-02T03:04:05Z');

const CONTEXT: WriteContext = { now: NOW };

/** What the API server makes of a new object: YAML in, the draft after `prepareCreate` and `defaults` out. Metadata may be left out. */
export function created<T extends KubeObject>(kind: Kind<T>, yaml: string): T {
  const draft = complete(kind, yaml);
  kind.prepareCreate?.(draft, CONTEXT);
  kind.defaults?.(draft);
  return draft;
}

/** What the API server makes of an update of `previous`. */
export function updated<T extends KubeObject>(kind: Kind<T>, previous: T, yaml: string, context = CONTEXT): T {
  const draft = complete(kind, yaml, previous.metadata);
  kind.prepareUpdate?.(draft, previous, context);
  kind.defaults?.(draft);
  return draft;
}

/** An object as YAML without what every object has: what a test compares. */
export function bodyOf(object: KubeObject): string {
  const { apiVersion: _, kind: __, metadata: ___, ...body } = object;
  return stringify(body, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The same of what a test expects, so that both sides are written by one hand. */
export const yamlOf = (yaml: string): string => stringify(parse(yaml), { lineWidth: 0, aliasDuplicateObjects: false });

/** Complaints about a new object, as texts. */
export function complaints<T extends KubeObject>(kind: Kind<T>, yaml: string): string[] {
  const draft = created(kind, yaml);
  return texts([...(kind.validate?.(draft) ?? []), ...(kind.validateCreate?.(draft) ?? [])]);
}

/** Complaints about the step from one object to the next, as texts. */
export function stepComplaints<T extends KubeObject>(kind: Kind<T>, before: string, after: string): string[] {
  const previous = created(kind, before);
  const draft = updated(kind, previous, after);
  return texts([...(kind.validate?.(draft) ?? []), ...(kind.validateUpdate?.(draft, previous) ?? [])]);
}

/** The cells of `kubectl get`, or of `-o wide`. */
export function row<T extends KubeObject>(kind: Kind<T>, yaml: string, wide = false): unknown[] {
  const object = complete(kind, yaml);
  return (kind.columns ?? []).filter((column) => wide || !column.priority).map((column) => column.value(object, NOW));
}

/** The headings of `kubectl get`, or of `-o wide`. */
export const headings = (kind: Kind<never>, wide = false): string[] =>
  (kind.columns ?? []).filter((column) => wide || !column.priority).map((column) => column.name);

/** Texts as they stand in `… is invalid: …`. */
export const texts = (errors: readonly FieldError[]): string[] => errors.map(errorText);

function complete<T extends KubeObject>(kind: Kind<T>, yaml: string, metadata?: ObjectMeta): T {
  const object = (parse(yaml) ?? {}) as Partial<T>;
  const meta = {
    name: 'x',
    ...(kind.namespaced && { namespace: 'default' }),
    uid: '6a1f6c1c-0000-4000-8000-000000000000',
    resourceVersion: '1',
    creationTimestamp: '2026-01-02T03:00:00Z',
  };
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...meta, ...metadata, ...object.metadata } } as T;
}
