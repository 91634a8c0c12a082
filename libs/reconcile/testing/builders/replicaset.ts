import type { ReplicaSetSpec, ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { build, type Common } from './object';
import { aTemplate } from './template';

/** What a test says of a replica set. */
export interface ReplicaSetOptions extends Common {
  /** Default 1. */
  readonly replicas?: number;
  /** Labels of selector and template. Default `{ app: 'web' }`. */
  readonly selects?: Record<string, string>;
  readonly image?: string;
  readonly spec?: Partial<ReplicaSetSpec>;
  /** Default: `{ replicas: 0 }`, as a new one has. */
  readonly status?: Partial<ReplicaSetStatus>;
}

/** A replica set `web` that selects `app=web`. */
export function aReplicaSet(options: ReplicaSetOptions = {}): ReplicaSet {
  const selects = options.selects ?? { app: 'web' };
  const spec = { replicas: options.replicas ?? 1, selector: { matchLabels: selects }, template: aTemplate(selects, options.image), ...options.spec };
  return build(ReplicaSet, { labels: selects, ...options }, { spec, status: { replicas: 0, ...options.status } });
}
