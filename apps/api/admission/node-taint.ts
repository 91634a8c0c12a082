import { Node } from '#lib/api/core/node';
import { addNotReadyTaint } from '#lib/api/core/node-admission';
import type { AdmissionPlugin } from './plugin';

/**
 * Nothing is put on a node before it is ready; node-lifecycle takes the taint away then. Mirrors plugin/pkg/admission/nodetaint, but
 * a node that registers as ready goes without: it would only cost a round trip.
 */
export const nodeTaint: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate({ kind, operation, object }) {
    if (kind !== Node || operation !== 'CREATE') return;
    const node = object as Node;
    if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
    addNotReadyTaint(node);
  },
};
