import type { LeaseSpec } from 'kubernetes-types/coordination/v1';
import { Lease } from '#lib/api/coordination/lease';
import { NOW } from '#lib/reconcile/testing/now';
import { build, type Common } from './object';

/** What a test says of a lease. */
export interface LeaseOptions extends Common {
  /** Default: its name. */
  readonly holder?: string;
  /** Seconds since it was renewed, before NOW. Default 10. */
  readonly renewedAgo?: number;
  readonly spec?: Partial<LeaseSpec>;
}

/** A node's heartbeat: lease `node-1` in kube-node-lease, of 40 seconds. */
export function aLease(options: LeaseOptions = {}): Lease {
  const name = options.name ?? 'node-1';
  const renewTime = new Date(NOW.getTime() - (options.renewedAgo ?? 10) * 1000).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: options.holder ?? name, leaseDurationSeconds: 40, renewTime, ...options.spec };
  return build(Lease, { ...options, name, namespace: options.namespace ?? 'kube-node-lease' }, { spec });
}
