import { parse } from 'yaml';

/** How much of a request is recorded. */
export type Level = 'None' | 'Metadata' | 'Request';

/** What a rule looks at. */
export interface Asked {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** '' for paths. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly path: string;
}

/** A rule of audit.k8s.io/v1, the first that fits decides. What it does not name, it does not ask for. */
export interface Rule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly { readonly group?: string; readonly resources?: readonly string[] }[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** What is recorded. */
export interface AuditPolicy {
  readonly rules: readonly Rule[];
  /** The least level for requests that were answered 401 or 403, whatever the rules say. */
  readonly denials: Level;
}

const READS = ['get', 'list', 'watch'];

/**
 * Every write by its metadata, reads not at all, and whatever was denied. Writes in the log are there anyway; here is what became of the
 * others.
 */
export const DEFAULT_POLICY: AuditPolicy = {
  rules: [
    { level: 'None', verbs: [...READS, 'head', 'options'] },
    { level: 'None', resources: [{ group: 'authorization.k8s.io' }, { group: 'authentication.k8s.io' }] },
    { level: 'Metadata' },
  ],
  denials: 'Metadata',
};

/** A request of which nothing is said is recorded as upstream does: not at all. */
export function levelOf({ rules }: AuditPolicy, asked: Asked): Level {
  return rules.find((rule) => fits(rule, asked))?.level ?? 'None';
}

function fits(rule: Rule, asked: Asked): boolean {
  const { users, userGroups, verbs, resources, namespaces, nonResourceURLs } = rule;
  if (users && !users.includes(asked.user)) return false;
  if (userGroups && !asked.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs && !verbs.includes('*') && !verbs.includes(asked.verb)) return false;
  if (namespaces && !namespaces.includes(asked.namespace)) return false;
  if (asked.resource === '')
    return resources === undefined && (!nonResourceURLs || nonResourceURLs.some((pattern) => fitsPath(pattern, asked.path)));
  if (nonResourceURLs) return false;
  return (
    !resources ||
    resources.some(
      ({ group = '', resources: names = [] }) =>
        group === asked.group && (names.length === 0 || names.some((name) => fitsResource(name, asked))),
    )
  );
}

const fitsPath = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

// `pods`, `pods/log`, `pods/*`, `*/scale`, `*`. Mirrors apiserver/pkg/audit/policy.
function fitsResource(name: string, { resource, subresource }: Asked): boolean {
  const [wanted = '', part] = name.split('/');
  if (name === '*') return true;
  if (wanted !== '*' && wanted !== resource) return false;
  return part === undefined ? subresource === '' : part === '*' ? subresource !== '' : part === subresource;
}

const LEVELS: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'];

/**
 * Reads a Policy of audit.k8s.io/v1 (YAML or JSON); `denials` beside `rules` is ours. RequestResponse records the request: what came of it
 * is in the log. @throws Error
 */
export function readPolicy(text: string): AuditPolicy {
  const policy = parse(text) as { kind?: string; rules?: (Omit<Rule, 'level'> & { level: string })[]; denials?: string } | null;
  if (policy?.kind !== 'Policy' || !Array.isArray(policy.rules))
    throw new Error('the audit policy must say `kind: Policy` and have `rules`');
  const levelIn = (level: string): Level => {
    if (!LEVELS.includes(level)) throw new Error(`the audit policy has an unknown level ${JSON.stringify(level)}`);
    return level === 'RequestResponse' ? 'Request' : (level as Level);
  };
  return {
    rules: policy.rules.map((rule) => ({ ...rule, level: levelIn(rule.level) })),
    denials: levelIn(policy.denials ?? DEFAULT_POLICY.denials),
  };
}
