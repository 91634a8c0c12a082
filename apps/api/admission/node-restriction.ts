import { forbiddenAccess, type ApiError } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import { Lease } from '#lib/api/coordination/lease';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isMirrorPod } from '#lib/api/core/pod/pod-admission';
import type { User } from '../auth/authorizer';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

const LEASES = 'kube-node-lease';

/**
 * A node touches its own Node and Lease and the pods that are bound to it, and nobody else's. RBAC cannot say this.
 * Mirrors plugin/pkg/admission/noderestriction. Agents that play many nodes are service accounts and not meant.
 */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  settle(request) {
    const node = nodeOf(request.user);
    if (node === undefined) return;
    const why =
      request.kind === Node ? nodeProblem(request, node) : request.kind === Lease ? leaseProblem(request, node) : podProblem(request, node);
    if (why !== undefined) throw refusal(request, why);
  },
};

/** The node that a user is, or undefined: `system:node:n1` of the group system:nodes. */
export const nodeOf = ({ name, groups }: User): string | undefined =>
  name.startsWith('system:node:') && groups.includes('system:nodes') ? name.slice('system:node:'.length) : undefined;

const quoted = (text: string): string => JSON.stringify(text);

const refusal = ({ kind, object }: AdmissionRequest, why: string): ApiError => forbiddenAccess(kind, object.metadata.name ?? '', why);

function nodeProblem({ operation, subresource, object, previous }: AdmissionRequest, node: string): string | undefined {
  const { name } = object.metadata;
  if (name !== node) return `node ${quoted(node)} is not allowed to modify node ${quoted(name)}`;
  if (operation !== 'UPDATE' || subresource === 'status') return undefined;
  const next = object as Node;
  const taintsStay = sameValue(next.spec.taints ?? [], (previous as Node).spec.taints ?? []);
  return taintsStay ? undefined : `node ${quoted(node)} is not allowed to modify taints`;
}

function leaseProblem({ namespace, object }: AdmissionRequest, node: string): string | undefined {
  if (namespace !== LEASES) return `can only access leases in the ${quoted(LEASES)} system namespace`;
  return object.metadata.name === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

function podProblem({ kind, operation, subresource, object, previous }: AdmissionRequest, node: string): string | undefined {
  if (kind !== Pod) return undefined;
  const bound = ((previous ?? object) as Pod).spec.nodeName === node;
  const own = (what: string): string | undefined =>
    bound ? undefined : `node ${quoted(node)} can only ${what} with spec.nodeName set to itself`;
  if (operation === 'CREATE') {
    if (!isMirrorPod(object as Pod))
      return `pod does not have "kubernetes.io/config.mirror" annotation, node ${quoted(node)} can only create mirror pods`;
    return own('create pods');
  }
  if (operation === 'DELETE') return own(subresource === 'eviction' ? 'evict pods' : 'delete pods');
  if (subresource === 'status') return own('update pod status for pods');
  return `unexpected operation "UPDATE", node ${quoted(node)} can only create and delete mirror pods`;
}
