import { func, method, type Overload } from '#lib/cel/declarations';
import { CelError } from '#lib/cel/issues';
import { BOOL, objectType, opaqueType, STRING, type CelType } from '#lib/cel/types';
import { CelValue } from '#lib/cel/values';
import type { Authorizer, User } from '../../auth/authorizer';

/** What `authorizer` of an expression is. Mirrors apiserver/pkg/cel/library/authz.go. */

const RESOURCE = opaqueType('kubernetes.authorization.ResourceCheck');
const GROUP = opaqueType('kubernetes.authorization.GroupCheck');
const PATH = opaqueType('kubernetes.authorization.PathCheck');
const DECISION = opaqueType('kubernetes.authorization.Decision');

/** The type of the variable `authorizer`. */
export const AUTHORIZER: CelType = objectType('kubernetes.authorization.Authorizer', { requestResource: RESOURCE });

/** The value of the variable `authorizer`: asks for the user of the request. */
export interface AuthorizerValue {
  readonly authorizer: Authorizer;
  readonly user: User;
  readonly requestResource: ResourceCheck;
}

interface Asked {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A question about a resource that is being put together. */
export class ResourceCheck extends CelValue {
  readonly typeName = RESOURCE.name;
  constructor(
    readonly who: Pick<AuthorizerValue, 'authorizer' | 'user'>,
    readonly asked: Asked,
  ) {
    super();
  }
  with(part: Partial<Asked>): ResourceCheck {
    return new ResourceCheck(this.who, { ...this.asked, ...part });
  }
  equals(other: unknown): boolean {
    return other === this;
  }
}

class GroupCheck extends ResourceCheck {
  override readonly typeName = GROUP.name;
}

class PathCheck extends CelValue {
  readonly typeName = PATH.name;
  constructor(
    readonly who: Pick<AuthorizerValue, 'authorizer' | 'user'>,
    readonly path: string,
  ) {
    super();
  }
  equals(other: unknown): boolean {
    return other === this;
  }
}

class Decision extends CelValue {
  readonly typeName = DECISION.name;
  constructor(readonly reason: string | undefined) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof Decision && other.reason === this.reason;
  }
}

const NOTHING: Asked = { group: '', resource: '', subresource: '', namespace: '', name: '' };

/** Upstream's price of a look at the authorisers. */
const CHECK_COST = 350_000;
const priced = { cost: () => CHECK_COST, estimate: () => ({ cost: { min: CHECK_COST, max: CHECK_COST } }) };

function checkPath({ who, path }: PathCheck, verb: string): Decision {
  return new Decision(who.authorizer.allows(who.user, { verb, path }));
}

function serviceAccount({ authorizer }: AuthorizerValue, namespace: string, name: string): object {
  if (namespace === '' || name === '') throw new CelError('invalid service account: namespace and name are required');
  const user = {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
  return { authorizer, user, requestResource: new ResourceCheck({ authorizer, user }, NOTHING) };
}

/** The functions that can be called on it. */
export const authorizerLibrary: readonly Overload[] = [
  method('path', [AUTHORIZER, STRING], PATH, (who: AuthorizerValue, path: string) => new PathCheck(who, path)),
  method('check', [PATH, STRING], DECISION, checkPath, priced),
  method('group', [AUTHORIZER, STRING], GROUP, (who: AuthorizerValue, group: string) => new GroupCheck(who, { ...NOTHING, group })),
  method('serviceAccount', [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount),
  method(
    'resource',
    [GROUP, STRING],
    RESOURCE,
    (check: ResourceCheck, resource: string) => new ResourceCheck(check.who, { ...check.asked, resource }),
  ),
  ...(['subresource', 'namespace', 'name'] as const).map((part) =>
    method(part, [RESOURCE, STRING], RESOURCE, (check: ResourceCheck, value: string) => check.with({ [part]: value })),
  ),
  method(
    'check',
    [RESOURCE, STRING],
    DECISION,
    ({ who, asked }: ResourceCheck, verb: string) => new Decision(who.authorizer.allows(who.user, { verb, ...asked })),
    priced,
  ),
  method('allowed', [DECISION], BOOL, ({ reason }: Decision) => reason !== undefined),
  method('reason', [DECISION], STRING, ({ reason }: Decision) => reason ?? ''),
  method('errored', [DECISION], BOOL, () => false),
  method('error', [DECISION], STRING, () => ''),
  func('jsonpatch.escapeKey', [STRING], STRING, (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')),
];
