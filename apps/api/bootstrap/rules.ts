import type { PolicyRule } from 'kubernetes-types/rbac/v1';

const split = (list: string): string[] => list.split(/[ ,]+/).filter(Boolean);

/** `rule('get list watch', '', 'pods nodes')`: verbs, API groups ('' alone is the core group, `core` among others), resources. */
export const rule = (verbs: string, groups: string, resources: string, resourceNames?: string[]): PolicyRule => ({
  verbs: split(verbs),
  apiGroups: groups === '' ? [''] : split(groups).map((group) => (group === 'core' ? '' : group)),
  resources: split(resources),
  ...(resourceNames && { resourceNames }),
});

export const paths = (verbs: string, urls: string): PolicyRule => ({ verbs: split(verbs), nonResourceURLs: split(urls) });

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const ALL = `${READ} ${WRITE}`;
export const EVENTS = rule('create patch update', 'core events.k8s.io', 'events');
