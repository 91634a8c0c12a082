import type { PolicyRule } from 'kubernetes-types/rbac/v1';

/** The parts of `wanted` that `held` does not allow, one verb of one thing each. Mirrors component-helpers/auth/rbac/validation. */
export const missing = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  wanted.flatMap(parts).filter((part) => !held.some((rule) => covers(rule, part)));

/** A rule as one rule per verb and thing. */
function parts(rule: PolicyRule): PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const things = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      resourceNames.length === 0
        ? [{ apiGroups: [group], resources: [resource] }]
        : resourceNames.map((name) => ({ apiGroups: [group], resources: [resource], resourceNames: [name] })),
    ),
  );
  return verbs.flatMap((verb) => [
    ...things.map((thing) => ({ ...thing, verbs: [verb] })),
    ...nonResourceURLs.map((url) => ({ nonResourceURLs: [url], verbs: [verb] })),
  ]);
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  if (!hasAll(rule.verbs, part.verbs)) return false;
  if (part.nonResourceURLs) return part.nonResourceURLs.every((url) => (rule.nonResourceURLs ?? []).some((known) => coversUrl(known, url)));
  const isNamed = (rule.resourceNames ?? []).length > 0;
  return (
    hasAll(rule.apiGroups, part.apiGroups) &&
    (part.resources ?? []).every((resource) => coversResource(rule.resources ?? [], resource)) &&
    (!isNamed || (part.resourceNames !== undefined && part.resourceNames.every((name) => rule.resourceNames?.includes(name))))
  );
}

const hasAll = (held: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  held.includes('*') || wanted.every((item) => held.includes(item));

const coversResource = (held: readonly string[], resource: string): boolean =>
  held.includes('*') ||
  held.includes(resource) ||
  (resource.includes('/') && held.includes(`*/${resource.slice(resource.indexOf('/') + 1)}`));

const coversUrl = (held: string, url: string): boolean =>
  held === '*' || held === url || (held.endsWith('*') && url.startsWith(held.slice(0, -1)));

/** Rules about the same thing become one with all their verbs. Mirrors CompactRules. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const things = new Map<string, PolicyRule>();
  for (const { verbs, ...thing } of rules) {
    const key = JSON.stringify(thing);
    const known = things.get(key);
    things.set(key, { ...thing, verbs: [...(known?.verbs ?? []), ...verbs] });
  }
  return [...things.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. Mirrors CompactString. */
export function described(rule: PolicyRule): string {
  const fields: readonly [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = fields
    .filter(([, list]) => list?.length)
    .map(([name, list]) => `${name}:[${(list ?? []).map((item) => JSON.stringify(item)).join(' ')}]`);
  return `{${shown.join(', ')}}`;
}
