import type { KubeObject } from '#lib/api/meta';
import { fieldsOf, problemsOf } from './applied';
import { applied, ApplyConflicts, type Applied } from './apply';
import { compare } from './compare';
import { difference, has, type Fields } from './fields';
import type { TrackedWrite } from './track';

/** Where client-side `kubectl apply` keeps what it was given. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager that kubectl applies as, unless told otherwise: only for it is client-side apply taken over. */
const KUBECTL = 'kubectl';

/** Upstream's limit for all annotations together. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * `applied`, for objects that `kubectl apply` may have made before: what stands in the annotation of client-side apply and is still so is
 * not in conflict, and the annotation goes along with what is applied.
 * Mirrors lastappliedmanager.go and lastappliedupdater.go.
 */
export function appliedAfterClientSide(
  empty: KubeObject,
  live: KubeObject,
  config: KubeObject,
  write: TrackedWrite,
  force: boolean,
): Applied {
  if (write.manager !== KUBECTL) return applied(empty, live, config, write, force);
  return withAnnotation(live, takenOver(empty, live, config, write, force), config);
}

function takenOver(empty: KubeObject, live: KubeObject, config: KubeObject, write: TrackedWrite, force: boolean): Applied {
  try {
    return applied(empty, live, config, write, force);
  } catch (error) {
    if (!(error instanceof ApplyConflicts)) throw error;
    const allowed = clientSideFields(live, write);
    if (allowed === undefined) throw error;
    const conflicts = error.conflicts.filter(({ path }) => !has(allowed, path));
    if (conflicts.length > 0) throw new ApplyConflicts(conflicts);
    return applied(empty, live, config, write, true);
  }
}

/** What the annotation says and the object still has; undefined without an annotation for this version. */
function clientSideFields(live: KubeObject, { node, apiVersion }: TrackedWrite): Fields {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  const last = text ? parsed(text) : undefined;
  if (last?.apiVersion !== apiVersion || problemsOf(node, last).length > 0) return undefined;
  const { changed, removed } = compare(node, last, live);
  return difference(difference(fieldsOf(node, last), changed), removed);
}

function parsed(text: string): Partial<KubeObject> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function withAnnotation(live: KubeObject, made: Applied, config: KubeObject): Applied {
  const object = made.object ?? live;
  const { [LAST_APPLIED]: before, ...annotations } = object.metadata.annotations ?? {};
  if (!before) return made;
  const text = lastApplied(config);
  if (text === before) return made;
  const bytes = Object.entries(annotations).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  const fits = bytes + LAST_APPLIED.length + Buffer.byteLength(text) <= MAX_ANNOTATION_BYTES;
  const metadata = { ...object.metadata, annotations: fits ? { ...annotations, [LAST_APPLIED]: text } : annotations };
  return { ...made, object: { ...object, metadata } };
}

/** The configuration as client-side apply writes it down: sorted, without the annotation itself, one line. */
function lastApplied(config: KubeObject): string {
  const { [LAST_APPLIED]: _, ...annotations } = config.metadata.annotations ?? {};
  return `${JSON.stringify(sorted({ ...config, metadata: { ...config.metadata, annotations } }))}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
