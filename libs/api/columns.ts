import { ageOf } from './duration';
import type { Column } from './kind';
import type { KubeObject } from './meta';

/** The first column of every table. */
export const NAME: Column<KubeObject> = { name: 'Name', type: 'string', format: 'name', value: (object) => object.metadata.name };

/** How long ago the object was created: `5d3h`. */
export const AGE: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  value: (object, now) => ageOf(object.metadata.creationTimestamp, now),
};

/** When the object was created, in full: what RBAC kinds show instead of an age. */
export const CREATED_AT: Column<KubeObject> = { name: 'Created At', type: 'date', value: (object) => object.metadata.creationTimestamp };

/** The first three of a list, and how many there are besides: `a,b,c + 2 more...`. */
export function firstThree(list: readonly string[], whenEmpty: string): string {
  if (list.length === 0) return whenEmpty;
  return list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : list.join(',');
}

interface WithTemplate {
  readonly spec: {
    readonly template: { readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] } };
  };
}

/** Names and images of the template's containers, shown with `-o wide`. Mirrors layoutContainerCells. */
export const TEMPLATE: readonly Column<KubeObject & WithTemplate>[] = [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    value: (object) =>
      containersOf(object)
        .map((c) => c.name)
        .join(','),
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    value: (object) =>
      containersOf(object)
        .map((c) => c.image ?? '')
        .join(','),
  },
];

const containersOf = (object: WithTemplate) => object.spec.template.spec?.containers ?? [];

/** A flag as kubectl prints it: `True`, `False`, and `<unset>` without one. Mirrors printBoolPtr. */
export const yesOrNo = (flag: boolean | undefined): string => (flag === undefined ? '<unset>' : flag ? 'True' : 'False');
