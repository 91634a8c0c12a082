import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import type { Column } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** Names and images of the containers of a Job, wherever its spec is found; with `-o wide`. */
export function jobTemplateColumns<T extends KubeObject>(
  specOf: (object: T) => { readonly template?: PodTemplateSpec } | undefined,
): Column<T>[] {
  const containersOf = (object: T) => specOf(object)?.template?.spec?.containers ?? [];
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      value: (object) =>
        containersOf(object)
          .map(({ name }) => name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      value: (object) =>
        containersOf(object)
          .map(({ image }) => image ?? '')
          .join(','),
    },
  ];
}
