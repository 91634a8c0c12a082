import type { LimitResponse, PriorityLevelConfiguration as WireLevel } from 'kubernetes-types/flowcontrol/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateLevel, validateLevelStatus } from './level-validation';

/** How many requests of a level are served at once, and which wait. */
export type PriorityLevelConfiguration = Stored<WireLevel>;

/** Mirrors pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go and pkg/apis/flowcontrol/v1/defaults.go. */
export const PriorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  scope: 'Cluster',
  subresources: ['status'],
  prepareCreate(draft) {
    draft.status = {};
  },
  defaults(draft) {
    const { limited, exempt } = (draft.spec ??= { type: '' });
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    if (!limited) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    queueDefaults(limited.limitResponse?.queuing);
  },
  validate: validateLevel,
  validateStatus: validateLevelStatus,
  columns: [
    NAME,
    { name: 'Type', type: 'string', value: ({ spec }) => spec.type },
    {
      name: 'NominalConcurrencyShares',
      type: 'string',
      value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? spec.exempt?.nominalConcurrencyShares ?? '<none>',
    },
    { name: 'Queues', type: 'string', value: ({ spec }) => spec.limited?.limitResponse?.queuing?.queues ?? '<none>' },
    { name: 'HandSize', type: 'string', value: ({ spec }) => spec.limited?.limitResponse?.queuing?.handSize ?? '<none>' },
    { name: 'QueueLengthLimit', type: 'string', value: ({ spec }) => spec.limited?.limitResponse?.queuing?.queueLengthLimit ?? '<none>' },
    AGE,
  ],
});

function queueDefaults(queuing: LimitResponse['queuing'] | undefined): void {
  if (!queuing) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
}
