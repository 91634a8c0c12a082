import { ageOf } from '#lib/api/duration';
import type { Column } from '#lib/api/kind';
import type { Node } from '#lib/api/core/node';
import { getCondition } from '#lib/api/core/pod/pod-conditions';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** What `kubectl get nodes` shows. Mirrors nodeColumnDefinitions and printNode of pkg/printers/internalversion. */
export const nodeColumns: readonly Column<Node>[] = [
  { name: 'Name', type: 'string', format: 'name', value: (node) => node.metadata.name },
  { name: 'Status', type: 'string', description: 'The status of the node', value: (node) => statusText(node) },
  { name: 'Roles', type: 'string', description: 'The roles of the node', value: (node) => rolesOf(node).join(',') || '<none>' },
  { name: 'Age', type: 'string', value: (node, now) => ageOf(node.metadata.creationTimestamp, now) },
  { name: 'Version', type: 'string', value: (node) => node.status?.nodeInfo?.kubeletVersion ?? '' },
  { name: 'Internal-IP', type: 'string', priority: 1, value: (node) => addressOf(node, 'InternalIP') },
  { name: 'External-IP', type: 'string', priority: 1, value: (node) => addressOf(node, 'ExternalIP') },
  { name: 'OS-Image', type: 'string', priority: 1, value: (node) => node.status?.nodeInfo?.osImage || '<unknown>' },
  { name: 'Kernel-Version', type: 'string', priority: 1, value: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>' },
  {
    name: 'Container-Runtime',
    type: 'string',
    priority: 1,
    value: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
];

/** `Ready`, `NotReady`, `Unknown`, each also with `,SchedulingDisabled`. */
function statusText(node: Node): string {
  const ready = getCondition(node.status?.conditions, 'Ready');
  const health = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${health},SchedulingDisabled` : health;
}

function rolesOf(node: Node): string[] {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === ROLE_LABEL ? [value] : [];
  });
  return [...new Set(roles.filter((role) => role !== ''))].sort();
}

const addressOf = (node: Node, type: string): string =>
  node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
