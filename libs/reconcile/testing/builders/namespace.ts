import { Namespace } from '#lib/api/core/namespace';
import { build, type Common } from './object';

/** What a test says of a namespace. */
export interface NamespaceOptions extends Common {
  /** Default: `Terminating` when `deleted` is given, else `Active`. */
  readonly phase?: 'Active' | 'Terminating';
  /** `spec.finalizers`. Default `['kubernetes']`. */
  readonly specFinalizers?: string[];
  /** Over what the other options make. */
  readonly status?: object;
}

/** The namespace `default`. */
export function aNamespace(options: NamespaceOptions = {}): Namespace {
  const name = options.name ?? 'default';
  const phase = options.phase ?? (options.deleted ? 'Terminating' : 'Active');
  return build(
    Namespace,
    { ...options, name, labels: { 'kubernetes.io/metadata.name': name, ...options.labels } },
    { spec: { finalizers: options.specFinalizers ?? ['kubernetes'] }, status: { phase, ...options.status } },
  );
}
