import type { AnyKind } from '#lib/api/kind';
import type { Authorizer, User } from '../auth/authorizer';

/** Which object, as an entry of the log names it. */
export interface Address {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What is asked of today's RBAC before something of the past is shown. */
const VERBS = ['get', 'history'] as const;

/** What one user may see of the past: the objects that he may `get` today, if he has the verb `history` on them too. */
export class HistoryAccess {
  private readonly whole = new Map<string, boolean>();

  constructor(
    private readonly authorizer: Authorizer,
    private readonly user: User,
  ) {}

  sees(address: Address): boolean {
    return VERBS.every((verb) => this.allowsAll(verb, address) || this.allows(verb, address));
  }

  /** @throws ApiError 403 in upstream's words. */
  require(kind: AnyKind, namespace: string, name: string): void {
    for (const verb of VERBS) this.requireVerb(verb, { resource: kind.resource, namespace, name });
  }

  /** For what a question changes. @throws ApiError 403 in upstream's words. */
  requireVerb(verb: string, address: Address): void {
    this.authorizer.require(this.user, { verb, ...targetOf(address) });
  }

  private allows(verb: string, address: Address): boolean {
    return this.authorizer.allows(this.user, { verb, ...targetOf(address) }) !== undefined;
  }

  /** Most roles name no objects: then one answer holds for all of a kind in a namespace, and a long read asks once. */
  private allowsAll(verb: string, { resource, namespace }: Address): boolean {
    const key = `${verb} ${resource} ${namespace}`;
    let all = this.whole.get(key);
    if (all === undefined) this.whole.set(key, (all = this.allows(verb, { resource, namespace, name: '' })));
    return all;
  }
}

/** `deployments.apps` → its parts. A Namespace is asked for in itself: a Role there may allow it. */
function targetOf({ resource, namespace, name }: Address) {
  const dot = resource.indexOf('.');
  const plural = dot < 0 ? resource : resource.slice(0, dot);
  const group = dot < 0 ? '' : resource.slice(dot + 1);
  return { group, resource: plural, namespace: resource === 'namespaces' ? name : namespace, name };
}
