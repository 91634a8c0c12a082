import type { Lease as WireLease, LeaseSpec as WireLeaseSpec } from 'kubernetes-types/coordination/v1';
import { AGE, NAME } from '#lib/api/columns';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';

/** With coordinated leader election (1.31). */
export type LeaseSpec = WireLeaseSpec & { strategy?: string; preferredHolder?: string };

/** Who holds something, and since when: leader elections and node heartbeats. */
export type Lease = Omit<Stored<WireLease>, 'spec'> & { spec: LeaseSpec };

/** Mirrors pkg/apis/coordination/validation. */
export const Lease = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  createsOnUpdate: true,
  scope: 'Namespaced',
  conditionalUpdates: true,

  defaults(draft) {
    draft.spec ??= {};
  },

  validate({ spec }) {
    const { leaseDurationSeconds, leaseTransitions, holderIdentity, strategy, preferredHolder } = spec;
    const errors: FieldError[] = [];
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
    }
    if (leaseTransitions !== undefined && leaseTransitions < 0) {
      errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
    }
    if (strategy !== undefined) errors.push(...validateStrategy(strategy));
    if (preferredHolder && !strategy) errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
    if (holderIdentity === '' && strategy !== undefined) errors.push(required('spec.holderIdentity', 'must not be empty'));
    return errors;
  },

  columns: [NAME, { name: 'Holder', type: 'string', value: ({ spec }) => spec?.holderIdentity ?? '' }, AGE],
});

function validateStrategy(strategy: string): FieldError[] {
  if (strategy.includes('/')) return obeys('spec.strategy', strategy, isQualifiedName);
  return strategy === 'OldestEmulationVersion' ? [] : [unsupported('spec.strategy', strategy, ['OldestEmulationVersion'])];
}
