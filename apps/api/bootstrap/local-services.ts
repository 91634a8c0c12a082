import { APIService, AUTOMANAGED } from '#lib/api/apiregistration/apiservice';
import { priorityOf } from '#lib/api/apiregistration/priorities';
import type { KubeObject } from '#lib/api/meta';
import { discoveredGroups } from '#lib/schema/discovery/resources';

/** Whoever installs a metrics-server takes this one over, and keeps it. */
const ANYBODYS = new Set(['metrics.k8s.io']);

/**
 * An APIService for every version of a group that is built in. Mirrors apiServicesToRegister of pkg/controlplane/apiserver/aggregator.go.
 */
export function localServices(): KubeObject[] {
  return discoveredGroups()
    .filter(({ name }) => name !== APIService.group)
    .flatMap(({ name: group, versions }) =>
      versions.map(({ version }) => {
        const priority = priorityOf(group, version);
        return {
          apiVersion: APIService.apiVersion,
          kind: APIService.kind,
          metadata: { name: `${version}.${group}`, ...(!ANYBODYS.has(group) && { labels: { [AUTOMANAGED]: 'onstart' } }) },
          spec: { ...(group !== '' && { group }), version, groupPriorityMinimum: priority.group, versionPriority: priority.version },
        } as unknown as KubeObject;
      }),
    );
}
