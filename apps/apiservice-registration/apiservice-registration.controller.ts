import { APIService, AUTOMANAGED } from '#lib/api/apiregistration/apiservice';
import { CUSTOM } from '#lib/api/apiregistration/priorities';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { sameValue } from '#lib/api/equality';
import { create, remove, update, type Command } from '#lib/reconcile/command';
import { defineKeyedController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';

/**
 * Keeps a local APIService for every version that a CustomResourceDefinition serves. A key is the name of an APIService.
 * Mirrors pkg/controlplane/controller/crdregistration and kube-aggregator/pkg/controllers/autoregister.
 */
export const apiServiceRegistration = defineKeyedController({
  name: 'apiservice-registration',
  keys,

  decideOn(name, world) {
    const current = world.get(APIService, '', name);
    const wanted = specOf(name, world);
    const isOurs = current?.metadata.labels?.[AUTOMANAGED] === 'true';
    if (!wanted) return current && isOurs ? [remove(current)] : [];
    if (!current) return [created(name, wanted)];
    return isOurs && !sameValue(current.spec, wanted) ? [update({ ...current, spec: wanted } as APIService)] : [];
  },
});

/** The versions that a definition has and had, and whatever is registered. */
function* keys({ kind, object, previous }: Change): Iterable<string> {
  if (kind.resource === APIService.resource) yield object.metadata.name;
  if (kind.resource !== CustomResourceDefinition.resource) return;
  for (const { spec } of [object, ...(previous ? [previous] : [])] as CustomResourceDefinition[])
    for (const { name } of spec.versions) yield `${name}.${spec.group}`;
}

function specOf(name: string, world: World): APIService['spec'] | undefined {
  const dot = name.indexOf('.');
  const [version, group] = [name.slice(0, dot), name.slice(dot + 1)];
  const serves = ({ spec }: CustomResourceDefinition): boolean =>
    spec.group === group && spec.versions.some((one) => one.name === version && one.served);
  if (!world.list(CustomResourceDefinition).some(serves)) return undefined;
  return { group, version, groupPriorityMinimum: CUSTOM.group, versionPriority: CUSTOM.version };
}

function created(name: string, spec: APIService['spec']): Command {
  const object = { apiVersion: APIService.apiVersion, kind: APIService.kind, metadata: { name, labels: { [AUTOMANAGED]: 'true' } }, spec };
  return create(object);
}
