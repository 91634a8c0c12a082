import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { badRequest } from '#lib/api/errors';
import { defineKind, type AnyKind } from '#lib/api/kind';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog } from '#lib/log/log';
import type { World } from '#lib/reconcile/world';
import type { Address } from './access';

/**
 * The stored kind of `plural.group`, built in or defined now. A world may know more: kinds of entries whose definition is gone, of which
 * nothing can be made.
 */
export const servedKind = (custom: CustomKinds, resource: string): AnyKind | undefined =>
  kindOfResource(resource) ?? (custom.definitionOf(resource) && custom.kindOfResource(resource));

/**
 * A kind that is served, by `plural.group`; a custom one also by its plural, singular or short name. @throws ApiError 400 when there is
 * none, or several.
 */
export function kindAsked(name: string, { custom }: World): AnyKind {
  const kind = servedKind(custom, name) ?? customNamed(custom, name);
  if (!kind) throw unknown(name);
  return kind;
}

/** The same for questions about the past: also a custom kind that is defined no more, by `plural.group`. @throws ApiError 400 */
export async function kindRemembered(name: string, { custom, revision }: World, log: EventLog): Promise<AnyKind> {
  const kind = servedKind(custom, name) ?? customNamed(custom, name);
  if (kind) return kind;
  const last = await log.objectAt(CustomResourceDefinition.resource, '', name, revision);
  if (!last) throw unknown(name);
  const { group, names, scope } = (JSON.parse(last.object) as CustomResourceDefinition).spec;
  return defineKind<KubeObject>({
    group,
    version: '',
    kind: names.kind,
    plural: names.plural,
    scope: scope === 'Cluster' ? scope : 'Namespaced',
  });
}

/** An object of it as the log names it: whoever asks need not know which kinds live in namespaces. */
export const addressIn = (kind: AnyKind, { namespace, name }: { readonly namespace: string; readonly name: string }): Address => ({
  resource: kind.resource,
  namespace: kind.namespaced ? namespace : '',
  name,
});

/** A filter that names one object, with the words of the log for it. @throws ApiError 400 */
export async function objectFilter<T extends { resource?: string; namespace?: string; name?: string }>(
  filter: T,
  world: World,
  log: EventLog,
): Promise<T> {
  const { resource, namespace, name } = filter;
  if (resource === undefined || name === undefined || resource.includes(',')) return filter;
  const kind = await kindRemembered(resource, world, log);
  return { ...filter, resource: kind.resource, namespace: kind.namespaced ? namespace : '' };
}

function customNamed(custom: CustomKinds, name: string): AnyKind | undefined {
  const found = new Set(
    custom
      .stored()
      .filter((kind) => [kind.plural, kind.singular, `${kind.singular}.${kind.group}`, ...(kind.shortNames ?? [])].includes(name)),
  );
  if (found.size > 1)
    throw badRequest(`resource: there are several ${JSON.stringify(name)}: say ${[...found].map(({ resource }) => resource).join(' or ')}`);
  return [...found][0];
}

const unknown = (name: string) => badRequest(`resource: there is no resource ${JSON.stringify(name)}`);
