import { CLEANUP, conditionOf, CustomResourceDefinition, withCondition } from '#lib/api/apiextensions/customresourcedefinition';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import { remove, setStatus, update, wake, type Command } from '#lib/reconcile/command';
import { defineKeyedController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { approvalOf } from './approval';
import { namingOf, takenBy } from './names';

/** Objects deleted by one decision. */
const BURST = 500;

/** A look at what still holds the last objects, should nobody tell of their end. */
const LOOK_AGAIN_MS = 5_000;

type Conditions = NonNullable<CustomResourceDefinition['status']['conditions']>;

/**
 * Gives definitions their names, establishes them, and empties those that are being deleted. A key is the name of a definition.
 * Mirrors apiextensions-apiserver/pkg/controller/{status,establish,apiapproval,finalizer}.
 */
export const customResources = defineKeyedController({
  name: 'custom-resources',
  component: 'custom-resource-definition-controller',
  keys,

  decideOn(name, world, now) {
    const definition = world.get(CustomResourceDefinition, '', name);
    if (!definition) return [];
    return isBeingDeleted(definition) ? emptied(definition, world, now) : establish(definition, world, now);
  },
});

/** A definition itself, the others of its group (a name may have become free), and of one that is being deleted its last object. */
function* keys({ type, kind, object }: Change, world: World): Iterable<string> {
  if (kind.resource === CustomResourceDefinition.resource) {
    yield object.metadata.name;
    for (const other of groupOf((object as CustomResourceDefinition).spec.group, world))
      if (other.metadata.name !== object.metadata.name) yield other.metadata.name;
  } else if (type === 'DELETED' && kind.schema && world.count(kind) === 0) yield kind.resource;
}

const groupOf = (group: string, world: World): readonly CustomResourceDefinition[] =>
  world.list(CustomResourceDefinition).filter(({ spec }) => spec.group === group);

function establish(definition: CustomResourceDefinition, world: World, now: Date): Command[] {
  const others = groupOf(definition.spec.group, world).filter((other) => other !== definition);
  const { accepted, condition } = namingOf(definition, takenBy(others));
  let conditions: Conditions = definition.status?.conditions ?? [];
  const approval = approvalOf(definition);
  if (approval) conditions = told(conditions, approval, now);
  conditions = told(conditions, condition, now);
  const isEstablished = conditionOf(definition, 'Established')?.status === 'True';
  if (!isEstablished && condition.status === 'True') {
    conditions = told(
      conditions,
      { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
      now,
    );
  } else if (!isEstablished) {
    conditions = told(
      conditions,
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
      now,
    );
  }
  return setStatus(definition, { ...definition.status, acceptedNames: accepted, conditions });
}

/** A condition that says what it said keeps its time. */
function told(conditions: Conditions, condition: Omit<Conditions[number], 'lastTransitionTime'>, now: Date): Conditions {
  return withCondition(conditions, condition, now);
}

/** First the objects, then the finalizer. */
function emptied(definition: CustomResourceDefinition, world: World, now: Date): Command[] {
  const { finalizers = [], name } = definition.metadata;
  if (!finalizers.includes(CLEANUP)) return [];
  const kind = world.custom.kindOfResource(name);
  const objects = kind ? (world.list(kind) as readonly KubeObject[]) : [];
  const terminating = (status: 'True' | 'False', reason: string, message: string): Command[] =>
    setStatus(definition, {
      ...definition.status,
      conditions: told(definition.status.conditions ?? [], { type: 'Terminating', status, reason, message }, now),
    });
  if (objects.length > 0) {
    const doomed = objects.filter((object) => !isBeingDeleted(object));
    return [
      ...terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress'),
      ...doomed.slice(0, BURST).map((object) => remove(object)),
      wake(doomed.length > BURST ? now : new Date(now.getTime() + LOOK_AGAIN_MS)),
    ];
  }
  const done = terminating('False', 'InstanceDeletionCompleted', 'removed all instances');
  if (done.length > 0) return done;
  const left = finalizers.filter((finalizer) => finalizer !== CLEANUP);
  return [update({ ...definition, metadata: { ...definition.metadata, finalizers: left } })];
}
